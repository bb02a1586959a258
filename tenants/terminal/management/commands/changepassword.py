"""Changing somebody's password at the terminal, through the service that every door uses."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.models import User
from tenants.services.passwords import set_password
from vamp.errors import VampError
from vamp.terminal import person

MOST_TRIES = 3


class Command(BaseCommand):
    """Takes the place of Django's command of that name, which leaves no entry."""

    help = (
        "Change the password of a user, which is asked for. `set_password` makes one up, or reads"
        " one from a file, and asks the person for one of their own."
    )
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose."""
        parser.add_argument("login", help="organisation/user, or a platform administrator's login")

    def handle(self, *args: Any, login: str, **options: Any) -> None:
        """Ask, at most `MOST_TRIES` times, and change it; all sessions of the person end."""
        user: User | None = User.objects.filter(login=login).select_related("organisation").first()
        if user is None:
            raise CommandError(f"there is no user {login}")
        self.stdout.write(f"Changing the password of {login}")
        for _ in range(MOST_TRIES):
            first = getpass.getpass("Password: ")
            if getpass.getpass("Password (again): ") != first:
                self.stderr.write("The two passwords differ.")
                continue
            try:
                set_password(user, first, actor=person(), must_change=False)
            except VampError as refusal:
                self.stderr.write("\n".join(map(str, refusal.faults)) or refusal.message)
                continue
            self.stdout.write(f"The password of {login} is changed; all their sessions ended.")
            return
        raise CommandError(f"the password of {login} was not changed, after {MOST_TRIES} tries")
