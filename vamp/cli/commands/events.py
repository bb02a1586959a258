"""``vamp events``: what happened, and what happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Optional

import typer

from vamp.cli.following import follow
from vamp.cli.kinds import kind_named
from vamp.cli.output import as_yaml
from vamp.cli.session import Session
from vamp.cli.wording import cell, moment

PAGE = 500


def events(
    session: Session,
    following: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with what happens from now on.")
    ] = False,
    subject: Annotated[
        str,
        typer.Option(
            help="Only these: a whole subject, or its beginning with .> at the end; without"
            " vamp.ORGANISATION.ENVIRONMENT. before it, that is put there."
        ),
    ] = "",
    after: Annotated[
        Optional[int],  # noqa: UP045  (typer reads it)
        typer.Option(min=0, help="Begin behind this position.", show_default=False),
    ] = None,
    limit: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="End after so many events.", show_default=False),
    ] = None,
) -> None:
    """Show the events of an environment, oldest first; with -f follow them.

    A connection that breaks while following is made again, and no event is missed. With -o json
    each event is one line.
    """
    wanted = whole_subject(session, subject)
    if following:
        _follow(session, wanted, after, limit)
        return
    found = read_events(session, wanted, after or 0, limit or 100)
    for event in found:
        tell(session, event)
    if not found:
        session.out.say("there are no events")


def whole_subject(session: Session, subject: str) -> str:
    """Return a subject with its organisation and environment before it."""
    if not subject or subject.startswith("vamp."):
        return subject
    return f"vamp.{session.organisation}.{session.environment}.{subject}"


def read_events(session: Session, subject: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Return the first events above a position, on however many pages they come.

    Args:
        session: which environment.
        subject: pattern, whole; empty for all.
        after: the position.
        limit: how many at most.
    """
    path = kind_named("event").list_path(session)
    found: list[dict[str, Any]] = []
    while len(found) < limit:
        most = min(PAGE, limit - len(found))
        page = session.api.get(path, after=after, subject=subject or None, limit=most)
        found += page["results"]
        after = page["after"]
        if not page["is_more"]:
            break
    return found


def _follow(session: Session, subject: str, after: int | None, limit: int | None) -> None:
    for told, event in enumerate(follow(session, subject=subject, after=after), start=1):
        tell(session, event)
        if told == limit:
            return


def tell(session: Session, event: Mapping[str, Any]) -> None:
    """Print one event as one line, or as one document of YAML."""
    if session.output == "json":
        session.out.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
    elif session.output == "yaml":
        session.out.write(f"---\n{as_yaml(dict(event))}")
    elif session.output == "name":
        session.out.names([str(event["position"])])
    else:
        session.out.write(_line(session, event) + "\n")


def _line(session: Session, event: Mapping[str, Any]) -> str:
    payload = {key: value for key, value in event["payload"].items() if key != "origin"}
    what = event["subject"].split(".", 3)[-1]
    head = f"{event['position']:>8}  {moment(event['emitted_at'])}  {what}"
    return f"{session.out.styled(head, 'strong')}  {cell(payload)}".rstrip()
