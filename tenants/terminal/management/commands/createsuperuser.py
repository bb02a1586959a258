"""Making a platform administrator at the terminal, through the service that every door uses."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.services.people import create_user
from vamp.errors import VampError
from vamp.terminal import person

MOST_TRIES = 3


class Command(BaseCommand):
    """Takes the place of Django's command of that name, which leaves no entry."""

    help = (
        "Make a platform administrator, who belongs to no organisation and sees all of them. With"
        " --noinput the password is that of DJANGO_SUPERUSER_PASSWORD; without one, nobody can"
        " sign in until `set_password` has set one."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the login, and whether to ask."""
        parser.add_argument("--login", help="without a slash; or DJANGO_SUPERUSER_LOGIN")
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive", help="ask nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make one; what is wrong is told, and asked for again."""
        login = options["login"] or os.environ.get("DJANGO_SUPERUSER_LOGIN", "")
        if not options["interactive"]:
            if not login:
                raise CommandError("name the login: --login, or DJANGO_SUPERUSER_LOGIN")
            self._make(login, os.environ.get("DJANGO_SUPERUSER_PASSWORD") or None)
            return
        if not sys.stdin.isatty():
            raise CommandError("there is no terminal to ask at; give --login and --noinput")
        login = login or input("Login: ").strip()
        for left in reversed(range(MOST_TRIES)):
            try:
                self._make(login, _asked())
            except CommandError as refusal:
                if not left:
                    raise
                self.stderr.write(str(refusal))
            else:
                return

    def _make(self, login: str, password: str | None) -> None:
        if "/" in login:
            raise CommandError(f"{login} names an organisation; a platform administrator has none")
        try:
            create_user(login, password, actor=person())
        except VampError as refusal:
            raise CommandError(told(refusal)) from refusal
        self.stdout.write(f"{login} is a platform administrator now.")


def told(refusal: VampError) -> str:
    """Return everything that a service refuses, a line each."""
    faults = "\n".join(f"  {fault}" for fault in refusal.faults)
    return f"{refusal.title}\n{faults}" if faults else refusal.message


def _asked() -> str:
    first = getpass.getpass("Password: ")
    if getpass.getpass("Password (again): ") != first:
        raise CommandError("the two passwords differ")
    return first
