"""Deleting: with the name typed where much goes with it, and in an order in which nothing is missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vamp.cli.applying import by_environment
from vamp.cli.asking import asked
from vamp.cli.documents import Document
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.homes import placed
from vamp.cli.kind import Kind, Scope
from vamp.cli.kinds import kind_named
from vamp.cli.resources import current
from vamp.cli.session import Session
from vamp.cli.steps import StepLine
from vamp.cli.watching import Seen, watched
from vamp.cli.wording import cell, counted

MUCH_GOES: Final = frozenset({"organisation", "environment"})
"""Kinds whose API wants the name once more, for everything in them goes as well."""

YES: Final = frozenset({"y", "yes"})


@dataclass(frozen=True, slots=True)
class Doomed:
    """Something that is to be deleted.

    Attributes:
        kind: what it is.
        name: by which its address knows it.
        session: of its organisation and environment.
    """

    kind: Kind
    name: str
    session: Session

    def __str__(self) -> str:
        """Return ``gateway shop``."""
        return f"{self.kind.name} {self.name}"


def doomed_by(session: Session, documents: Sequence[Document]) -> Sequence[Doomed]:
    """Return what the documents name and is there, what refers to others first.

    Raises:
        Failure: a document is of no known kind, or has no name.
    """
    found = []
    for each in reversed(placed(session, documents)):
        inside = each.session(session)
        if not each.kind.deletes:
            session.out.say(f"note: {each} goes with its organisation alone, and stays")
            continue
        if each.kind.name == "binding":
            row = current(inside, each)
            if row is not None:
                found.append(Doomed(each.kind, str(row["id"]), inside))
            continue
        found.append(Doomed(each.kind, each.name, inside))
    return found


def left_over(session: Session, documents: Sequence[Document]) -> Sequence[Doomed]:
    """Return gateways and policies of the documents' environments that no document names."""
    found = placed(session, documents)
    batches = by_environment(each for each in found if each.kind.scope is Scope.ENVIRONMENT)
    doomed = []
    for batch in batches.values():
        inside = batch[0].session(session)
        kept = {(each.kind.name, each.name) for each in batch}
        for kind in map(kind_named, ("gateway", "policy")):
            rows = inside.api.pages(kind.list_path(inside))
            doomed += [
                Doomed(kind, row["name"], inside)
                for row in rows
                if (kind.name, row["name"]) not in kept
            ]
    return doomed


def confirm(session: Session, doomed: Sequence[Doomed], *, is_sure: bool, types_name: bool) -> None:
    """Let a person confirm; for what much goes with, by typing its name.

    Args:
        session: whose terminal.
        doomed: at least one.
        is_sure: ``--yes`` was given.
        types_name: every kind wants its name typed, not only those with much in them.

    Raises:
        Failure: the answer is no, or there is nobody to ask.
    """
    if is_sure:
        return
    if not session.around.asks_a_person:
        raise misused("nobody is here to confirm it: give --yes")
    for each in doomed:
        for line in preview(each):
            session.out.say(line)
    if types_name or any(each.kind.name in MUCH_GOES for each in doomed):
        _names_typed(session, doomed)
    elif asked(session, f"delete {counted(len(doomed), 'thing')}? [y/N] ").lower() not in YES:
        raise Failure("nothing was deleted", Exit.USAGE)


def _names_typed(session: Session, doomed: Sequence[Doomed]) -> None:
    for each in doomed:
        if asked(session, f"type {each.name} to delete it: ") != each.name:
            raise Failure("that is another name: nothing was deleted", Exit.USAGE)


def preview(doomed: Doomed) -> Sequence[str]:
    """Return what goes with it, as far as the API tells."""
    if doomed.kind.name == "single-sign-on":
        return [f"{doomed}: users who have no password cannot sign in any more"]
    if doomed.kind.name not in MUCH_GOES:
        return [str(doomed)]
    try:
        found = doomed.session.api.get(f"{doomed.kind.path(doomed.session, doomed.name)}/deletion")
    except Failure:
        return [f"{doomed} with everything in it"]
    return [f"{doomed}, and with it:", *_counts(found["preview"])]


def _counts(found: Any) -> Iterator[str]:
    """Yield what goes, a line for each; of an organisation, what goes with each environment."""
    for name, inside in (found.get("environments") or {}).items():
        yield f"  environment {name}, with {_in_short(inside)}"
    told = {
        **(found.get("rows") or {}),
        "entries of the key-value store": found.get("keys"),
        "indices": cell(found.get("indices")),
        "people": found.get("people"),
        "tokens": found.get("tokens"),
        "in use": cell(found.get("alive") or {}),
    }
    yield from (f"  {key}: {value}" for key, value in told.items() if value)
    yield from (
        f"  {what} could not be counted: {why}"
        for what, why in (found.get("unknown") or {}).items()
    )


def _in_short(found: Mapping[str, Any]) -> str:
    rows = sum((found.get("rows") or {}).values())
    return f"{counted(rows, 'row')}, {found.get('keys') or 0} entries of the key-value store"


def delete(doomed: Doomed, *, is_dry_run: bool = False, wait_s: float | None = None) -> str:
    """Delete one thing; a dry run asks the server where it can rehearse, and else looks it up.

    Args:
        doomed: what.
        is_dry_run: change nothing.
        wait_s: seconds to wait at most for what goes in the background; None does not wait.

    Returns:
        What is to be told: that it is deleted, or that this goes on.

    Raises:
        Failure: it is not there, or something stands against it.
    """
    if not doomed.kind.deletes:
        raise misused(f"{doomed.kind.plural} cannot be deleted")
    session, path = doomed.session, doomed.kind.path(doomed.session, doomed.name)
    rehearses = doomed.kind.name in ("gateway", "policy")
    if is_dry_run and not rehearses:
        session.api.get(path)
        return f"{doomed} would be deleted"
    query: dict[str, Any] = {"dry_run": True} if is_dry_run else {}
    if doomed.kind.name in MUCH_GOES:
        query["confirm"] = doomed.name
    found = session.api.answer("DELETE", path, query=query)
    if is_dry_run:
        return f"{doomed} would be deleted"
    goes_on = isinstance(found, dict) and "finished_at" in found and not found["finished_at"]
    if not goes_on:
        return f"{doomed} deleted"
    if wait_s is None:
        return f"{doomed} is being deleted"
    stays = "".join(f"; {each}" for each in wait_until_gone(doomed, wait_s))
    return f"{doomed} deleted{stays}"


def wait_until_gone(doomed: Doomed, timeout_s: float) -> list[str]:
    """Wait until a deletion that goes on is over; a bar shows its steps.

    Returns:
        What Vamp cannot take back and leaves where it is, as sentences.

    Raises:
        Failure: it is not over in time; it goes on all the same.
    """
    if doomed.kind.name not in MUCH_GOES:
        return []
    path = f"{doomed.kind.path(doomed.session, doomed.name)}/deletion"
    remains: list[str] = []

    def look() -> Seen:
        try:
            found = doomed.session.api.get(path)["deletion"]
        except Failure as failure:
            if failure.exit is Exit.NOT_FOUND:
                return Seen(True)
            raise
        if found is None:  # another one of that name is there by now
            return Seen(True)
        remains[:] = found["remains"]
        return _step_of(found)

    watched(doomed.session, f"deleting {doomed}", look, timeout_s=timeout_s)
    return remains


def _step_of(deletion: Mapping[str, Any]) -> Seen:
    steps = deletion["steps"]
    over = [step for step in steps if step["state"] in ("done", "skipped")]
    present = next((step for step in steps if step["state"] in ("running", "waiting")), None)
    words = deletion["waits_for"] or (present["words"] if present else "")
    ended = {step["name"]: str(StepLine(step["state"], step["words"])) for step in over}
    return Seen(bool(deletion["finished_at"]), words, len(over), len(steps), deletion, ended)


def delete_in_turns(
    doomed: Sequence[Doomed], *, wait_s: float | None = None
) -> Iterator[tuple[Doomed, str]]:
    """Delete all of them, those that others lead to after those others.

    Args:
        doomed: what.
        wait_s: see `delete`.

    Yields:
        Each that was there, and what is to be told of it.

    Raises:
        Failure: the first that stands against one, once no further one can go.
    """
    left = list(doomed)
    while left:
        against: list[tuple[Doomed, Failure]] = []
        for each in left:
            try:
                told = delete(each, wait_s=wait_s)
            except Failure as failure:
                if failure.exit is Exit.CONFLICT:
                    against.append((each, failure))
                elif failure.exit is not Exit.NOT_FOUND:
                    raise
            else:
                yield each, told
        if len(against) == len(left):
            raise against[0][1]
        left = [each for each, _ in against]
