"""Tokens and bindings: made, and made anew; a token's text is printed this once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Optional

import typer

from vamp.cli.applying import apply_documents
from vamp.cli.commands.changing import DryRun, tell_outcomes
from vamp.cli.completing import named
from vamp.cli.documents import Document, read_one
from vamp.cli.failure import misused
from vamp.cli.forklift.verbs import File
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session
from vamp.cli.waiting import seconds_of

Maybe = Optional[str]  # noqa: UP045  (typer reads it)
Expires = Annotated[
    Maybe,
    typer.Option(
        "--expires", metavar="TIME|DURATION", show_default=False,
        help="Such as 30d, 12h or 2026-12-31T00:00:00Z.",
    ),
]  # fmt: skip


def create_token(
    session: Session,
    name: Annotated[str, typer.Argument(show_default=False)],
    user: Annotated[
        Maybe,
        typer.Option(
            autocompletion=named("user"),
            show_default=False,
            help="Login that it stands for; else yours. For platform administrators.",
        ),
    ] = None,
    agents_of: Annotated[
        Maybe,
        typer.Option(
            autocompletion=named("environment"),
            show_default=False,
            help="Environment whose agents it is for.",
        ),
    ] = None,
    service: Annotated[
        bool,
        typer.Option(
            "--service",
            show_default=False,
            help="It stands for itself: bindings say what it may do, at first nothing.",
        ),
    ] = False,
    right: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            show_default=False, help="Of all that its user may do only this; again for more."
        ),
    ] = None,
    within: Annotated[
        Maybe,
        typer.Option(
            autocompletion=named("environment"),
            show_default=False,
            help="Good in this environment only.",
        ),
    ] = None,
    expires: Expires = None,
    file: File = None,
) -> None:
    """Make a token and print its text, which nobody can look up again.

    Standard output holds the text alone: `TOKEN=$(forklift create token ci)`.
    """
    body: dict[str, Any] = dict(read_one(file, session.around).value) if file else {}
    body.pop("kind", None)
    flags = {
        "name": name, "user": user and _whole(session, user), "environment": agents_of,
        "is_service": service, "rights": right, "only_environment": within,
        "expires_at": expires and moment_of(expires),
    }  # fmt: skip
    body |= {key: value for key, value in flags.items() if value}
    tell_token(session, session.api.answer("POST", kind_named("token").list_path(session), body))


def update_token(
    session: Session,
    name: Annotated[str, typer.Argument(autocompletion=named("token"), show_default=False)],
    expires: Expires = None,
    grace: Annotated[
        str, typer.Option(metavar="DURATION", help="How long the old text holds on: 1h, 2d.")
    ] = "0s",
) -> None:
    """Give a token another text, which is printed; the old one is worthless at once, or after --grace.

    With --expires it is made anew, for the same user or agents, and good until then.
    """
    kind = kind_named("token")
    if not expires:
        seconds = round(seconds_of(grace))
        tell_token(
            session, session.api.answer("POST", kind.path(session, name), {"grace_s": seconds})
        )
        return
    if seconds_of(grace):
        raise misused("--expires makes it anew, so that nothing is left for --grace")
    held = session.api.get(kind.path(session, name))
    if held["is_service"]:
        raise misused(f"{name} has bindings of its own, which would go: make another token")
    kept = ("name", "user", "environment", "rights", "only_environment")
    body = {key: held[key] for key in kept if held.get(key)} | {"expires_at": moment_of(expires)}
    session.api.answer("DELETE", kind.path(session, name))
    tell_token(session, session.api.answer("POST", kind.list_path(session), body))


def tell_token(session: Session, made: dict[str, Any]) -> None:
    """Print a token's text alone, or the whole answer for programs."""
    if session.output in ("json", "yaml"):
        session.out.value(made)
        return
    until = f", good until {made['expires_at']}" if made.get("expires_at") else ""
    whose = f" of {made['user']}" if made.get("user") else ""
    whose = f" of the agents of {made['environment']}" if made.get("environment") else whose
    session.out.say(f"token {made['name']}{whose}{until}; it is shown this once:")
    session.out.write(f"{made['text']}\n")


def moment_of(text: str, now: datetime | None = None) -> str:
    """Return a time, or a duration from now, as an ISO 8601 time in UTC.

    Raises:
        Failure: it is neither.
    """
    if "T" in text or text.count("-") == 2:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise misused(f"{text} is no time; such as 2026-12-31T00:00:00Z") from None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
    start = now or datetime.now(UTC)  # noqa: TID251  the clock of the person who asks
    return (start + timedelta(seconds=seconds_of(text))).replace(microsecond=0).isoformat()


def _whole(session: Session, login: str) -> str:
    return login if "/" in login else f"{session.organisation}/{login}"


def bind(
    session: Session,
    role: Annotated[str, typer.Argument(autocompletion=named("role"), show_default=False)],
    user: Annotated[
        Maybe, typer.Option(autocompletion=named("user"), show_default=False, help="To this login.")
    ] = None,
    group: Annotated[
        Maybe,
        typer.Option(autocompletion=named("group"), show_default=False, help="To this group."),
    ] = None,
    token: Annotated[
        Maybe,
        typer.Option(autocompletion=named("token"), show_default=False, help="To this token."),
    ] = None,
    within: Annotated[
        Maybe,
        typer.Option(
            autocompletion=named("environment"),
            show_default=False,
            help="In this environment only.",
        ),
    ] = None,
    selector: Annotated[
        Maybe, typer.Option(show_default=False, help="On what these labels select.")
    ] = None,
    thing: Annotated[
        Maybe,
        typer.Option(
            "--object", metavar="KIND/NAME", show_default=False, help="On one thing only."
        ),
    ] = None,
    expires: Expires = None,
    max_weight: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            min=0, max=100, show_default=False, help="Raise weights up to so many percent only."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Give a role to a user, a group or a token; again with other limits changes those."""
    subjects = {"user": user and _whole(session, user), "group": group, "token": token}
    if sum(map(bool, subjects.values())) != 1:
        raise misused("give one of --user, --group and --token")
    value = {
        "kind": "Binding", "role": role, **subjects, "environment": within or "",
        "selector": selector or "", "object": thing or "",
        "expires_at": expires and moment_of(expires), "max_weight": max_weight,
    }  # fmt: skip
    body = {key: each for key, each in value.items() if each is not None}
    done = apply_documents(session, [Document(body)], is_dry_run=dry_run)
    tell_outcomes(session, done, is_dry_run=dry_run)
