"""Making a tenant from the command line; `manage.py lift`, above this app, calls it."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from tenants.domain.authority import EVERYTHING
from tenants.domain.rights import ADMINISTRATOR
from tenants.models import Environment, Organisation, Stage, User
from tenants.selectors import token_by_text
from tenants.services import people, tenancy, tokens
from tenants.services.bindings import Wanted, bind
from tenants.services.namespaces import set_secret
from vamp.databases import DEFAULT
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError
from vamp.secrets import write_secret

ACTOR = "vamp:lift"


def add_arguments(parser: ArgumentParser) -> None:
    """Take what a new tenant's environment connects to, and its first user."""
    parser.add_argument("--title", default="", help="title of the organisation")
    parser.add_argument("--stage", choices=Stage.values, default=Stage.DEVELOPMENT)
    parser.add_argument("--order", type=int, default=0, help="place in the pipeline")
    parser.add_argument("--scheduler", default="", help="such as local:/srv/vamp/services")
    parser.add_argument("--namespace", default="", help="namespace in the scheduler's cluster")
    parser.add_argument(
        "--scheduler-secret-file",
        type=Path,
        help="file with the scheduler's credentials; they are kept in the key-value store",
    )
    parser.add_argument("--shared-port", type=int, default=0, help="port for gateways with hosts")
    parser.add_argument("--database", default=DEFAULT, help="alias of a dedicated database")
    parser.add_argument(
        "--user", default="admin", help="first user; the login is organisation/user"
    )
    parser.add_argument("--password", default="", help="of a new user; made up where it is empty")
    parser.add_argument(
        "--token-file", type=Path, help="keep an API token of the user in this file"
    )


class TenantLifting:
    """Makes an organisation, an environment in it and somebody who may log in; safe to repeat.

    Args:
        out: hears what was made, and how to log in.
    """

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out

    def lift(self, tenant: str, options: Mapping[str, Any]) -> None:
        """Make what is missing, and say how to log in.

        Args:
            tenant: ``organisation/environment``.
            options: those of `add_arguments`.

        Raises:
            CommandError: something cannot be made; every fault is listed.
        """
        organisation_name, slash, environment_name = tenant.partition("/")
        if not slash:
            raise CommandError(f"write organisation/environment, not {tenant!r}")
        try:
            organisation = self._organisation(organisation_name, options["title"])
            environment = self._environment(organisation, environment_name, options)
            if secret_file := options["scheduler_secret_file"]:
                set_secret(environment, "scheduler", secret_file.read_text(), actor=ACTOR)
            user = self._user(organisation, options["user"], options["password"])
            if options["token_file"]:
                self._token(user, options["token_file"])
        except OSError as error:
            raise CommandError(f"the scheduler's secret cannot be read: {error}") from error
        except (VampError, PortError) as refusal:
            known = told(refusal)
            faults = "\n".join(f"  {fault}" for fault in known.faults)
            raise CommandError(f"{known.title}\n{faults or known.message}") from refusal
        self._out.write(f"environment {environment} is there")

    def _organisation(self, name: str, title: str) -> Organisation:
        found = Organisation.objects.filter(name=name).first()
        return found or tenancy.create_organisation(name, actor=ACTOR, title=title)

    def _environment(
        self, organisation: Organisation, name: str, options: Mapping[str, Any]
    ) -> Environment:
        found = organisation.environments.filter(name=name).first()
        if found is not None:
            found.organisation = organisation
            tenancy.mirror(found)
            return found
        return tenancy.create_environment(
            organisation,
            name,
            actor=ACTOR,
            database=options["database"],
            stage=options["stage"],
            order=options["order"],
            scheduler_url=options["scheduler"],
            namespace=options["namespace"],
            shared_port=options["shared_port"],
        )

    def _user(self, organisation: Organisation, name: str, password: str) -> User:
        login = f"{organisation.name}/{name}"
        found: User | None = User.objects.filter(login=login).first()
        if found is not None:
            self._out.write(f"user {login} is there")
            return found
        chosen = password or secrets.token_urlsafe(12)
        user: User = people.create_user(login, chosen, actor=ACTOR, organisation=organisation)
        bind(
            organisation,
            Wanted(role=ADMINISTRATOR, user=login),
            actor=ACTOR,
            authority=EVERYTHING,
        )
        self._out.write(f"login {login}" + ("" if password else f"   password {chosen}"))
        return user

    def _token(self, user: User, path: Path) -> None:
        held = token_by_text(path.read_text().strip()) if path.exists() else None
        if held is not None and held.user_id == user.pk:
            self._out.write(f"API token of {user.login}: still in {path}")
            return
        _, text = tokens.create_token(f"lift-{secrets.token_hex(4)}", actor=ACTOR, user=user)
        write_secret(path, text)
        self._out.write(f"API token of {user.login}: in {path}")
