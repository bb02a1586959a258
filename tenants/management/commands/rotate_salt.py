"""Turning over the salt of an organisation's passwords."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.models import Organisation
from tenants.secrets import INSTALLATION
from tenants.services.salts import drop_unused_salts, rotate_salt
from vamp.databases import DEFAULT
from vamp.port_faults import told
from vamp.ports.errors import PortError
from vamp.terminal import person


class Command(BaseCommand):
    """Makes a new salt; passwords move to it as their owners sign in."""

    help = (
        "Make a new salt for the passwords of an organisation, or of the platform administrators."
        " Everybody goes on with the same password, which moves to the new salt at the next"
        " sign-in; an old salt is dropped when no password needs it any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose."""
        parser.add_argument(
            "organisation", nargs="?", default="", help="without one: the platform administrators'"
        )
        parser.add_argument(
            "--drop", action="store_true", help="make none; drop the old ones that nobody needs"
        )

    def handle(self, *args: Any, organisation: str, drop: bool, **options: Any) -> None:
        """Do it, and say what is left to do by itself."""
        holder = INSTALLATION if not organisation else self._organisation(organisation)
        try:
            if drop:
                dropped = drop_unused_salts(holder)
                self.stdout.write(f"old salts dropped: {', '.join(dropped) or 'none'}")
                return
            key_id = rotate_salt(holder, actor=person())
        except PortError as error:
            raise CommandError(told(error).message) from error
        self.stdout.write(f"new salt {key_id}; passwords move to it as people sign in")

    def _organisation(self, name: str) -> Organisation:
        found = Organisation.objects.using(DEFAULT).filter(name=name).first()
        if found is None:
            raise CommandError(f"there is no organisation {name}")
        return found
