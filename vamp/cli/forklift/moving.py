"""``forklift move``: an environment's stores onto others, while it is in use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Optional

import typer

from vamp.cli.client import path_of
from vamp.cli.commands.changing import DryRun
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kind import Row
from vamp.cli.kinds import kind_named
from vamp.cli.output import as_yaml
from vamp.cli.session import Session, secret_given
from vamp.cli.waiting import seconds_of
from vamp.cli.watching import LONGEST, Seen, Timeout, Wait, watched

STORES: Final = ("database", "kv", "metrics", "events")
ENDED_BADLY: Final = frozenset({"failed", "cancelled"})


def _stores(incomplete: str) -> list[str]:
    return [each for each in STORES if each.startswith(incomplete)]


Number = Annotated[
    Optional[int],  # noqa: UP045  (typer reads it)
    typer.Argument(metavar="[NUMBER]", help="Left out: the newest.", show_default=False),
]


def begin(
    session: Session,
    store: Annotated[
        str,
        typer.Argument(
            metavar="STORE",
            autocompletion=_stores,
            help=", ".join(STORES) + ".",
            show_default=False,
        ),
    ],
    to: Annotated[
        str,
        typer.Argument(
            metavar="[TO]",
            show_default=False,
            help="Database by its name, or the URL of another store; left out: what is inherited.",
        ),
    ] = "",
    secret_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="FILE|-", show_default=False, help="Holds what opens it."),
    ] = None,
    dry_run: DryRun = False,
    wait: Wait = False,
    timeout: Timeout = LONGEST,
) -> None:
    """Move a store of an environment with what is in it. For platform administrators.

    It goes on in the background, whatever becomes of this command. --wait ends with 7 where the
    move failed; the old store is then as it was.
    """
    seconds = seconds_of(timeout)
    body = {"kind": store, "to": to}
    if secret := secret_given(session, secret_file):
        body["secret"] = secret
    path = kind_named("move").list_path(session)
    if dry_run:
        found = session.api.answer("POST", path, body, query={"dry_run": True})
        way = f"from {found['from'] or 'what is inherited'} to {found['to'] or 'what is inherited'}"
        session.out.done(f"the {store} would be moved {way}", found)
        return
    _tell(session, session.api.answer("POST", path, body), seconds if wait else None)


def show(
    session: Session, number: Number = None, wait: Wait = False, timeout: Timeout = LONGEST
) -> None:
    """Show how far a move is."""
    seconds = seconds_of(timeout)
    row = _move(session, number)
    if wait:
        row = _over(session, row, seconds)
    if session.out.is_for_people:
        session.out.write(as_yaml(dict(row)))
    else:
        session.out.one(kind_named("move"), row)


def undo(
    session: Session, number: Number = None, wait: Wait = False, timeout: Timeout = LONGEST
) -> None:
    """Give up a move that is not switched yet, or else move the store back.

    A store that is named by a URL is moved back by `move begin`: the URL is not shown whole.
    """
    seconds = seconds_of(timeout) if wait else None
    row = _move(session, number)
    if not row["is_switched"]:
        _tell(session, _act(session, row, "cancel"), seconds, ends_well=("cancelled",))
        return
    if row["kind"] != "database" and row["from_store"]:
        hint = f"`forklift move begin {row['kind']} URL`, whole as it was"
        raise misused(f"it came from {row['from_store']}: {hint}")
    body = {"kind": row["kind"], "to": row["from_store"]}
    path = kind_named("move").list_path(session)
    _tell(session, session.api.answer("POST", path, body), seconds)


def finish(
    session: Session, number: Number = None, wait: Wait = False, timeout: Timeout = LONGEST
) -> None:
    """Say that nobody uses the old store any more: it is cleared, and the move ends."""
    seconds = seconds_of(timeout) if wait else None
    row = _act(session, _move(session, number), "finish")
    _tell(session, row, seconds, ends_well=("done",))


def _move(session: Session, number: int | None) -> Row:
    kind = kind_named("move")
    if number is not None:
        found: Row = session.api.get(kind.path(session, str(number)))
        return found
    for row in kind.rows(session, most=1):
        return row
    raise Failure("no store of this environment was ever moved", Exit.NOT_FOUND)


def _act(session: Session, row: Row, action: str) -> Row:
    path = f"{kind_named('move').list_path(session)}/{path_of(row['id'], action)}"
    found: Row = session.api.answer("POST", path)
    return found


def _tell(
    session: Session,
    row: Row,
    wait_s: float | None,
    ends_well: tuple[str, ...] = ("done", "following"),
) -> None:
    if wait_s is not None:
        row = _over(session, row, wait_s, ends_well)
    session.out.done(sentence(row), row, name=f"move/{row['id']}")


def _over(
    session: Session,
    row: Row,
    timeout_s: float,
    ends_well: tuple[str, ...] = ("done", "following", "cancelled"),
) -> Row:
    """Wait until the move is over, or followed, which only `finish` ends.

    Raises:
        Failure: it ended otherwise than it should, or is not over in time.
    """
    path = kind_named("move").path(session, str(row["id"]))

    def look() -> Seen:
        now = session.api.get(path)
        is_over = now["state"] in (*ends_well, *ENDED_BADLY)
        return Seen(is_over, now["error"] or now["step"], now["done"], now["total"], now)

    found: Row = watched(session, f"move {row['id']}", look, timeout_s=timeout_s).row
    if found["state"] not in ends_well:
        raise Failure(sentence(found), Exit.NOT_REACHED)
    return found


_WORDS: Final[Mapping[str, str]] = {
    "running": "is under way",
    "following": "is in use; the old one is kept in step until `forklift move finish`",
    "done": "is done",
    "failed": "failed",
    "cancelled": "was given up",
}


def sentence(row: Mapping[str, Any]) -> str:
    """Return how far a move is, as a sentence."""
    way = f"to {row['to_store'] or 'what is inherited'}"
    why = f": {row['error']}" if row["error"] else ""
    held = f", writes were held for {row['held_ms']} ms" if row["held_ms"] else ""
    state = _WORDS.get(row["state"], row["state"])
    return f"move {row['id']} of the {row['kind']} {way} {state}{held}{why}"
