"""Setting somebody's password from the machine: the way back in when nobody can."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.models import User
from tenants.services.lockout import lift_all
from tenants.services.passwords import set_password
from tenants.services.second_factor import reset
from vamp.errors import VampError
from vamp.terminal import person


class Command(BaseCommand):
    """Sets a password by the same rules as every door; the person must choose another one."""

    help = "Set the password of a user, who is asked for one of their own at the next sign-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose, and which."""
        parser.add_argument("login", help="organisation/user, or a platform administrator's login")
        parser.add_argument(
            "--password-file", type=Path, help="file that holds it; without one, it is made up"
        )
        parser.add_argument(
            "--reset-factors", action="store_true", help="take all second factors away as well"
        )

    def handle(
        self,
        *args: Any,
        login: str,
        password_file: Path | None,
        reset_factors: bool,
        **options: Any,
    ) -> None:
        """Set it, lift the user's locks, and print it where it was made up."""
        user: User | None = User.objects.filter(login=login).select_related("organisation").first()
        if user is None:
            raise CommandError(f"there is no user {login}")
        try:
            chosen = password_file.read_text().strip() if password_file else ""
            password = chosen or secrets.token_urlsafe(12)
            set_password(user, password, actor=person())
            if reset_factors:
                reset(user, actor=person())
        except OSError as error:
            raise CommandError(f"the password cannot be read: {error}") from error
        except VampError as refusal:
            faults = "\n".join(f"  {fault}" for fault in refusal.faults)
            raise CommandError(f"{refusal.title}\n{faults or refusal.message}") from refusal
        lift_all(login, None, actor=person())
        self.stdout.write(f"login {login}" + ("" if chosen else f"   password {password}"))
