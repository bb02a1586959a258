"""``forklift show deletion`` and ``skip deletion-step``: how a deletion goes, and what keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from vamp.cli.asking import confirm_by
from vamp.cli.commands.changing import Yes
from vamp.cli.completing import names, session_at
from vamp.cli.deleting import Doomed, wait_until_gone
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session
from vamp.cli.steps import StepLine, write_steps
from vamp.cli.waiting import seconds_of
from vamp.cli.watching import LONGEST, Timeout, Wait
from vamp.cli.wording import moment


def _paths(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Offer what is deleted, or was, in the organisation or the one before a slash."""
    session = session_at(ctx)
    organisation, slash, _ = incomplete.partition("/")
    if slash:
        session = session.within(organisation=organisation)
    return list(dict.fromkeys(names(session, "deletion", incomplete)))


def _steps(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Offer the steps that may be left out now."""
    try:
        found = _running(_of(session_at(ctx), str(ctx.params.get("path") or "")))
    except Failure:
        return []
    skippable = [each["name"] for each in found["steps"] if each["may_be_skipped"]]
    return [name for name in skippable if name.startswith(incomplete)]


Path = Annotated[
    str,
    typer.Argument(
        metavar="PATH", autocompletion=_paths, show_default=False,
        help="What is deleted, as `list deletions` shows it: ORGANISATION/ENVIRONMENT or ORGANISATION.",
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Going:
    """What is deleted, or was.

    Attributes:
        path: as the list of deletions shows it.
        thing: the organisation or environment.
    """

    path: str
    thing: Doomed

    @property
    def address(self) -> str:
        """Where the API tells of its deletion."""
        return f"{self.thing.kind.path(self.thing.session, self.thing.name)}/deletion"


def show(session: Session, path: Path, wait: Wait = False, timeout: Timeout = LONGEST) -> None:
    """Show how a deletion goes: each step, and what it waits for; afterwards what is left of it.

    Of an organisation that is gone nothing is told any more: its deletion is in the audit trail.
    """
    seconds = seconds_of(timeout)
    going = _of(session, path)
    row = _found(going)
    if wait and not row["finished_at"]:
        stays = wait_until_gone(going.thing, seconds)
        if going.thing.kind.name == "organisation":
            session.out.done("; ".join([f"{going.thing} deleted", *stays]), name=f"deletion/{path}")
            return
        row = _found(going)
    if session.out.is_for_people:
        write_steps(session, _title(row), [_line(row, each) for each in row["steps"]])
    else:
        session.out.done("", row, name=f"deletion/{path}")


def skip_step(
    session: Session,
    path: Path,
    step: Annotated[
        str,
        typer.Argument(
            metavar="STEP", autocompletion=_steps, show_default=False,
            help="As `show deletion` names it.",
        ),
    ],
    yes: Yes = False,
) -> None:  # fmt: skip
    """Leave out a step of a deletion, once its name is typed (or with --yes).

    For a step that waits for what is gone for good. What it would have removed stays where it is.
    """
    going = _of(session, path)
    row = _running(going)
    known = {each["name"]: each for each in row["steps"]}
    if step not in known:
        raise misused(f"the deletion of {path} has no step {step}; there are: {', '.join(known)}")
    confirm_by(
        session, step, "leave it out", told=list(_before(row, known[step])),
        nothing="nothing was left out", is_sure=yes,
    )  # fmt: skip
    told: dict[str, Any] = session.api.answer("POST", going.address, {"skip": step})
    said = f"step {step} of the deletion of {path} is left out: what it would have removed stays"
    session.out.done(said, told, name=f"deletion/{path}")


def _before(row: Mapping[str, Any], step: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person is to know before they leave a step out."""
    yield f"{step['name']}: {step['words']}; it is {step['state']}"
    if step["state"] == "waiting":
        yield f"  waits for: {row['waits_for']}"
    yield "what it would remove stays where it is, and nobody looks for it again"


def _of(session: Session, path: str) -> Going:
    """Return what is meant by a path.

    Raises:
        Failure: it is none.
    """
    organisation, slash, environment = path.partition("/")
    if not organisation or (slash and (not environment or "/" in environment)):
        raise misused(f"write ORGANISATION or ORGANISATION/ENVIRONMENT, not {path}")
    if not slash:
        inside = session.within(organisation=organisation)
        return Going(path, Doomed(kind_named("organisation"), organisation, inside))
    inside = session.within(organisation=organisation, environment=path)
    return Going(path, Doomed(kind_named("environment"), environment, inside))


def _running(going: Going) -> dict[str, Any]:
    """Return the deletion that goes on.

    Raises:
        Failure: there is none.
    """
    try:
        found: dict[str, Any] | None = going.thing.session.api.get(going.address)["deletion"]
    except Failure as failure:
        if failure.exit is not Exit.NOT_FOUND:
            raise
        found = None
    if found is None:
        raise Failure(_nothing(going, "goes on"), Exit.NOT_FOUND)
    return found


def _found(going: Going) -> dict[str, Any]:
    """Return the deletion that goes on, or else the record of the last one.

    Raises:
        Failure: there is neither.
    """
    try:
        return _running(going)
    except Failure as failure:
        if failure.exit is not Exit.NOT_FOUND:
            raise
    try:
        for row in kind_named("deletion").rows(going.thing.session):
            if row["path"] == going.path:
                return row
    except Failure as failure:  # the organisation is gone as well
        if failure.exit is not Exit.NOT_FOUND:
            raise
    raise Failure(_nothing(going, "is known"), Exit.NOT_FOUND)


def _nothing(going: Going, what: str) -> str:
    hint = "" if "/" in going.path else "; an environment is written ORGANISATION/ENVIRONMENT"
    return f"no deletion of {going.path} {what}{hint}"


def _title(row: Mapping[str, Any]) -> list[str]:
    steps = row["steps"]
    over = sum(each["state"] in ("done", "skipped") for each in steps)
    asked_for = f"asked for by {row['requested_by']}, {moment(row['requested_at'])}"
    ended = f", over {moment(row['finished_at'])}" if row["finished_at"] else ""
    return [
        f"deletion of {row['path']}: {over} of {len(steps)} steps are over",
        f"{asked_for}{ended}",
        *(f"stays: {each}" for each in row["remains"]),
    ]


def _line(row: Mapping[str, Any], step: Mapping[str, Any]) -> StepLine:
    words = f"{step['name']}: {step['words']}"
    if step["name"] == row["step"] and row["total"]:
        words += f", {row['done']} of {row['total']}"
    if step["state"] != "waiting":
        return StepLine(step["state"], words)
    more = [f"waits for: {row['waits_for']}", "mend: it tries again by itself once that is there"]
    if step["may_be_skipped"]:
        more.append(
            "is it gone for good? then leave the step out:"
            f" forklift skip deletion-step {row['path']} {step['name']}"
        )
    return StepLine(step["state"], words, more)
