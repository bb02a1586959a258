"""Commands that would change rows behind the audit trail's back: they are shut off."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError


class RefusedAtTerminal(BaseCommand):
    """Refuses to be run by a person. What tests call by name works as it did.

    Attributes:
        instead: what to do in its place, a sentence.
    """

    instead: ClassVar[str] = ""

    def run_from_argv(self, argv: list[str]) -> None:
        """Refuse, unless only the help is asked for."""
        if {"-h", "--help"} & set(argv):
            super().run_from_argv(argv)
            return
        self.stderr.write(
            f"CommandError: {argv[1]} changes rows and leaves nothing in the audit trail, so it is"
            f" shut off. {self.instead}"
        )
        raise SystemExit(1)


class Refused(RefusedAtTerminal):
    """Refuses whoever calls it."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse.

        Raises:
            CommandError: always.
        """
        raise CommandError(
            f"This is shut off: it leaves nothing in the audit trail. {self.instead}"
        )
