"""``forklift show``, ``list`` and ``delete``, alike for every noun."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import typer

from vamp.cli.commands.changing import DryRun, Yes
from vamp.cli.commands.reading import looked_up
from vamp.cli.completing import named
from vamp.cli.deleting import Doomed, confirm, delete, delete_in_turns
from vamp.cli.failure import Exit, Failure
from vamp.cli.kinds import kind_named
from vamp.cli.output import as_yaml
from vamp.cli.session import Session
from vamp.cli.waiting import seconds_of
from vamp.cli.watching import LONGEST, Timeout, Wait

NOUNS: Final = (
    "organisation", "environment", "user", "group", "role", "binding", "token", "policy",
    "database",
)  # fmt: skip


def listing(noun: str) -> Callable[..., None]:
    """Return the command that lists the things of a noun."""
    kind = kind_named(noun)

    def list_all(session: Session) -> None:
        session.out.rows(kind, kind.rows(session))

    list_all.__doc__ = f"List {kind.plural}: a table on a terminal, plain columns in a pipe."
    return list_all


def showing(noun: str) -> Callable[..., None]:
    """Return the command that shows one thing of a noun."""
    kind = kind_named(noun)
    name = Annotated[
        str, typer.Argument(metavar="NAME", autocompletion=named(noun), show_default=False)
    ]

    def show(session: Session, name: name) -> None:
        row = looked_up(session, kind, str(name))
        if not session.out.is_for_people:
            session.out.one(kind, row)
        elif kind.name == "policy":
            session.out.write(json.dumps(row["document"], indent=2, ensure_ascii=False) + "\n")
        else:
            session.out.write(as_yaml(row))

    form = "its document as JSON" if noun == "policy" else "as YAML"
    show.__doc__ = f"Show one {kind.name}: {form}, or as -o says."
    show.__annotations__ = {"session": Session, "name": name, "return": None}
    return show


def deleting(noun: str) -> Callable[..., None]:
    """Return the command that deletes things of a noun."""
    kind = kind_named(noun)
    names = Annotated[
        list[str], typer.Argument(metavar="NAME", autocompletion=named(noun), show_default=False)
    ]

    def remove(
        session: Session,
        names: names,
        yes: Yes = False,
        dry_run: DryRun = False,
        wait: Wait = False,
        timeout: Timeout = LONGEST,
    ) -> None:
        wait_s = seconds_of(timeout) if wait else None
        chosen: Sequence[str] = names
        doomed = [Doomed(kind, name, session) for name in chosen]
        if dry_run:
            for each in doomed:
                session.out.done(delete(each, is_dry_run=True), name=f"{kind.name}/{each.name}")
            return
        confirm(session, doomed, is_sure=yes, types_name=True)
        gone = []
        for each, told in delete_in_turns(doomed, wait_s=wait_s):
            session.out.done(told, name=f"{kind.name}/{each.name}")
            gone.append(each)
        if missing := [each for each in doomed if each not in gone]:
            raise Failure(f"there is no {missing[0]}", Exit.NOT_FOUND)

    remove.__doc__ = f"Delete {kind.plural}, once the name of each is typed (or with --yes)."
    remove.__annotations__ |= {"session": Session, "names": names, "yes": Yes, "dry_run": DryRun}
    remove.__annotations__ |= {"wait": Wait, "timeout": Timeout}
    return remove
