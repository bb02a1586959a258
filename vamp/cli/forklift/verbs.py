"""The commands that make and change each noun, once for each verb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Optional

import typer

from vamp.cli.commands.changing import DryRun, Form
from vamp.cli.completing import named
from vamp.cli.failure import misused
from vamp.cli.forklift.making import Verb, artifacts, bindings_for, make, password_for
from vamp.cli.session import Session

File = Annotated[
    Optional[str],  # noqa: UP045  (typer reads it)
    typer.Option(
        "-f", "--file", metavar="FILE|URL|-", show_default=False,
        help="What it shall be: path, address, or - for standard input.",
    ),
]  # fmt: skip
Maybe = Optional[str]  # noqa: UP045
Title = Annotated[Maybe, typer.Option(show_default=False, help="For people.")]
Url = Annotated[Maybe, typer.Option(show_default=False, metavar="URL", help="A store of its own.")]


def organisation(verb: Verb) -> Callable[..., None]:
    """Return the command that makes or changes an organisation."""

    def change(
        session: Session,
        name: Annotated[
            str, typer.Argument(autocompletion=named("organisation"), show_default=False)
        ],
        file: File = None,
        form: Form = "",
        title: Title = None,
        kv_url: Url = None,
        metrics_url: Url = None,
        events_url: Url = None,
        default_database: Annotated[
            Maybe,
            typer.Option(
                autocompletion=named("database"), show_default=False, help="Of new environments."
            ),
        ] = None,
        dry_run: DryRun = False,
    ) -> None:
        flags = {
            "title": title, "kv_url": kv_url, "metrics_url": metrics_url, "events_url": events_url,
            "default_database": default_database,
        }  # fmt: skip
        make(
            session, verb, "organisation", name, file=file, form=form, flags=flags,
            is_dry_run=dry_run,
        )  # fmt: skip

    change.__doc__ = f"{_WORDS[verb]} an organisation. For platform administrators."
    return change


def environment(verb: Verb) -> Callable[..., None]:
    """Return the command that makes or changes an environment."""

    def change(
        session: Session,
        name: Annotated[
            str, typer.Argument(autocompletion=named("environment"), show_default=False)
        ],
        file: File = None,
        form: Form = "",
        stage: Annotated[
            Maybe,
            typer.Option(show_default=False, help="development, test, acceptance, production."),
        ] = None,
        order: Annotated[
            Optional[int],  # noqa: UP045
            typer.Option(show_default=False, min=0, help="Place in the pipeline."),
        ] = None,
        scheduler_url: Annotated[
            Maybe, typer.Option(show_default=False, help="local:, kubernetes://…, marathon://…")
        ] = None,
        namespace: Annotated[
            Maybe, typer.Option(show_default=False, help="Of the cluster.")
        ] = None,
        title: Title = None,
        kv_url: Url = None,
        metrics_url: Url = None,
        events_url: Url = None,
        database: Annotated[
            Maybe,
            typer.Option(
                autocompletion=named("database"),
                show_default=False,
                help="Holds its rows, from the beginning; afterwards `move begin` changes it.",
            ),
        ] = None,
        folder: Annotated[
            Maybe,
            typer.Option(
                "--artifacts",
                metavar="DIR",
                show_default=False,
                help="Then apply the gateways and policies of this folder to it.",
            ),
        ] = None,
        dry_run: DryRun = False,
    ) -> None:
        flags = {
            "stage": stage, "order": order, "scheduler_url": scheduler_url, "namespace": namespace,
            "title": title, "kv_url": kv_url, "metrics_url": metrics_url, "events_url": events_url,
            "database": database,
        }  # fmt: skip
        make(
            session, verb, "environment", name, file=file, form=form, flags=flags,
            is_dry_run=dry_run,
        )  # fmt: skip
        if folder is not None and not dry_run:
            path = f"{session.organisation}/{name}"
            artifacts(session.within(environment=path), folder, is_dry_run=False)

    change.__doc__ = f"{_WORDS[verb]} an environment of an organisation."
    return change


def user(verb: Verb) -> Callable[..., None]:
    """Return the command that makes or changes a user."""

    def change(
        session: Session,
        name: Annotated[
            Maybe,
            typer.Argument(metavar="[LOGIN]", autocompletion=named("user"), show_default=False),
        ] = None,
        file: File = None,
        form: Form = "",
        role: Annotated[
            Optional[list[str]],  # noqa: UP045
            typer.Option(show_default=False, help="Role in the organisation; again for more."),
        ] = None,
        full_name: Annotated[Maybe, typer.Option(show_default=False, help="For people.")] = None,
        email: Annotated[Maybe, typer.Option(show_default=False, help="Address.")] = None,
        password_file: Annotated[
            Optional[Path],  # noqa: UP045
            typer.Option(
                metavar="FILE|-",
                show_default=False,
                help="Holds a new user's password; else it is asked for, twice.",
            ),
        ] = None,
        active: Annotated[
            Optional[bool],  # noqa: UP045
            typer.Option(
                "--active/--inactive",
                show_default=False,
                help="Whether they may sign in; --inactive ends sessions and refuses tokens at once.",
            ),
        ] = None,
        dry_run: DryRun = False,
    ) -> None:
        if not name and not file:
            raise misused("which user? give a login, or --file")
        flags: dict[str, object] = {"full_name": full_name, "email": email, "is_active": active}
        if password_file is not None or not file:
            flags["password"] = password_for(session, verb, password_file)
        if role and not name:
            raise misused("give the login as well: --role is of one user")
        more = bindings_for(session, name or "", role or [])
        make(
            session, verb, "user", name or "", file=file, form=form, flags=flags,
            is_dry_run=dry_run, more=more,
        )  # fmt: skip

    change.__doc__ = f"{_WORDS[verb]} a user of an organisation, with roles."
    return change


def group(verb: Verb) -> Callable[..., None]:
    """Return the command that makes or changes a group."""

    def change(
        session: Session,
        name: Annotated[str, typer.Argument(autocompletion=named("group"), show_default=False)],
        file: File = None,
        form: Form = "",
        title: Title = None,
        member: Annotated[
            Optional[list[str]],  # noqa: UP045
            typer.Option(
                show_default=False, help="Login; again for more. All members, not further ones."
            ),
        ] = None,
        dry_run: DryRun = False,
    ) -> None:
        flags = {"title": title, "members": member or None}
        make(session, verb, "group", name, file=file, form=form, flags=flags, is_dry_run=dry_run)

    change.__doc__ = f"{_WORDS[verb]} a group of users."
    return change


def role(verb: Verb) -> Callable[..., None]:
    """Return the command that makes or changes a role."""

    def change(
        session: Session,
        name: Annotated[str, typer.Argument(autocompletion=named("role"), show_default=False)],
        file: File = None,
        form: Form = "",
        title: Title = None,
        right: Annotated[
            Optional[list[str]],  # noqa: UP045
            typer.Option(show_default=False, help="Such as gateway.view; again for more."),
        ] = None,
        dry_run: DryRun = False,
    ) -> None:
        flags = {"title": title, "rights": right or None}
        make(session, verb, "role", name, file=file, form=form, flags=flags, is_dry_run=dry_run)

    change.__doc__ = f"{_WORDS[verb]} a role: a named set of rights."
    return change


def policy(verb: Verb) -> Callable[..., None]:
    """Return the command that makes or changes a release policy."""

    def change(
        session: Session,
        file: Annotated[
            str,
            typer.Option(
                "-f",
                "--file",
                metavar="FILE|URL|-",
                show_default=False,
                help="The policy, in today's form or in one of the three earlier ones.",
            ),
        ],
        name: Annotated[
            Maybe,
            typer.Argument(metavar="[NAME]", autocompletion=named("policy"), show_default=False),
        ] = None,
        form: Form = "",
        dry_run: DryRun = False,
    ) -> None:
        make(session, verb, "policy", name or "", file=file, form=form, is_dry_run=dry_run)

    change.__doc__ = (
        f"{_WORDS[verb]} a release policy of an environment.\n\n"
        "Policies of earlier products are converted; what that changed is told on standard error."
    )
    return change


_WORDS = {Verb.CREATE: "Make", Verb.UPDATE: "Change", Verb.ADD: "Make or change"}

MAKERS = {
    "organisation": organisation,
    "environment": environment,
    "user": user,
    "group": group,
    "role": role,
    "policy": policy,
}
"""Noun → what returns its command for a verb."""
