"""The first platform administrator, and a token to begin with: what a new installation has not yet."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.models import User
from tenants.services.people import create_user
from tenants.services.tokens import create_token
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError
from vamp.secrets import write_secret
from vamp.terminal import person


class Command(BaseCommand):
    """Makes a platform administrator who is not there yet, and a token of theirs if asked to."""

    help = "Make a platform administrator, who sees all tenants, and a token for `forklift login`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take who, and where their secrets are read and written."""
        parser.add_argument("login", help="without a slash: belongs to no organisation")
        parser.add_argument(
            "--password-file", type=Path, help="file that holds it; without one, it is made up"
        )
        parser.add_argument(
            "--token-file", type=Path, help="write the text of a new API token to this file"
        )

    def handle(
        self,
        *args: Any,
        login: str,
        password_file: Path | None,
        token_file: Path | None,
        **options: Any,
    ) -> None:
        """Make what is missing; a password that was made up is printed, a token never is."""
        try:
            user = self._user(login, password_file)
            if token_file is not None:
                _, text = create_token(
                    f"terminal-{secrets.token_hex(4)}", actor=person(), user=user
                )
                write_secret(token_file, text)
                self.stdout.write(f"API token of {login}: in {token_file}")
        except OSError as error:
            raise CommandError(f"a file cannot be read or written: {error}") from error
        except (VampError, PortError) as refusal:
            known = told(refusal)
            faults = "\n".join(f"  {fault}" for fault in known.faults)
            raise CommandError(f"{known.title}\n{faults or known.message}") from refusal

    def _user(self, login: str, password_file: Path | None) -> User:
        if "/" in login:
            raise CommandError("a platform administrator's login has no slash")
        found: User | None = User.objects.filter(login=login).first()
        if found is not None:
            if not found.is_platform_administrator:
                raise CommandError(f"{login} is there, and is no active platform administrator")
            self.stdout.write(f"login {login} is there")
            return found
        chosen = password_file.read_text().strip() if password_file else ""
        password = chosen or secrets.token_urlsafe(12)
        user = create_user(login, password, actor=person(), must_change_password=not chosen)
        self.stdout.write(f"login {login}" + ("" if chosen else f"   password {password}"))
        return user
