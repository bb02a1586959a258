"""``forklift set-up environment`` and ``show set-up``: what a new environment needs, made step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Optional

import typer

from vamp.cli.commands.changing import DryRun
from vamp.cli.completing import named
from vamp.cli.failure import Exit, Failure
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session, secret_given
from vamp.cli.steps import StepLine, write_steps
from vamp.cli.waiting import seconds_of
from vamp.cli.watching import LONGEST, Seen, Timeout, Wait, watched
from vamp.cli.wording import moment

DONE: Final = "done"
FAILED: Final = "failed"
LEFT_TO_PEOPLE: Final = frozenset({"by hand", "waiting"})
"""States in which a step is once a run is over that could do nothing more."""

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", autocompletion=named("environment"), show_default=False),
]


def set_up(
    session: Session,
    name: Name,
    kubeconfig: Annotated[
        Optional[Path],  # noqa: UP045  (typer reads it)
        typer.Option(
            metavar="FILE|-",
            show_default=False,
            help="Of an administrator of its cluster: makes namespace and account, once; not kept.",
        ),
    ] = None,
    dry_run: DryRun = False,
    wait: Wait = False,
    timeout: Timeout = LONGEST,
) -> None:
    """Make what an environment needs: tables, keys, stream, indices, account. Safe to repeat.

    It goes on in the background. --wait tells each step as it ends, and ends with 7 where one
    failed; the others are done all the same. What is left to people is told.
    """
    seconds = seconds_of(timeout)
    path = _path(session, name)
    if dry_run:
        row = session.api.get(path)
        missing = ", ".join(each["name"] for each in row["steps"] if each["state"] != DONE)
        said = f"would be done: {missing or 'nothing, everything is there'}"
        session.out.done(said, row, name=f"set-up/{name}")
        return
    given = secret_given(session, kubeconfig)
    row = session.api.answer("POST", path, {"kubeconfig": given} if given else None)
    if wait:
        _tell_end(session, name, _over(session, name, seconds))
        return
    session.out.done(f"the set-up of environment {name} has begun", row, name=f"set-up/{name}")


def show(
    session: Session,
    name: Name,
    manifest: Annotated[
        bool,
        typer.Option(
            "--manifest",
            show_default=False,
            help="Print what --kubeconfig of `set-up` would make, for `kubectl apply -f -`.",
        ),
    ] = False,
    wait: Wait = False,
    timeout: Timeout = LONGEST,
) -> None:
    """Show how far an environment's set-up is: each step, what it waits for, and how to mend it."""
    seconds = seconds_of(timeout)
    row = session.api.get(_path(session, name))
    if manifest:
        if not row["manifest"]:
            raise Failure(f"environment {name} uses no cluster", Exit.NOT_FOUND)
        session.out.write(row["manifest"].rstrip("\n") + "\n")
        return
    if wait and row["is_under_way"]:
        row = _over(session, name, seconds)
    if session.out.is_for_people:
        write_steps(session, told(name, row), [line_of(each) for each in row["steps"]])
    else:
        session.out.done("", row, name=f"set-up/{name}")
    if wait:
        _refuse_failed(name, row)


def line_of(step: Mapping[str, Any]) -> StepLine:
    """Return a step as it is told."""
    message, hint = step["message"], step["hint"]
    if step["state"] == DONE:
        return StepLine(DONE, step["title"] + (message and f": {message}"))
    waits = f"waits for: {message}" if step["state"] == "waiting" and message else message
    return StepLine(
        step["state"], step["title"], [each for each in (waits, hint and f"mend: {hint}") if each]
    )


def told(name: str, row: Mapping[str, Any]) -> Sequence[str]:
    """Return how far a set-up is, and when it was run last, as sentences."""
    steps = row["steps"]
    done = sum(each["state"] == DONE for each in steps)
    how = f"set-up of environment {name}: {done} of {len(steps)} steps are done"
    if not row["asked_at"]:
        return [how, "no run of it was ever asked for"]
    run = f"last run by {row['asked_by']}, begun {moment(row['asked_at'])}"
    if row["ended_at"]:
        return [how, f"{run}, ended {moment(row['ended_at'])}"]
    return [how, f"{run}, {'under way' if row['is_under_way'] else 'lost: ask for another'}"]


def _path(session: Session, name: str) -> str:
    return f"{kind_named('environment').path(session, name)}/setup"


def _over(session: Session, name: str, timeout_s: float) -> dict[str, Any]:
    """Wait until the run is over, and tell each step as it ends."""
    path = _path(session, name)

    def look() -> Seen:
        row = session.api.get(path)
        steps = row["steps"]
        ended = [each for each in steps if _is_over(each, row)]
        present = next((each["title"] for each in steps if each["state"] == "running"), "")
        lines = {each["name"]: str(line_of(each)) for each in ended}
        return Seen(not row["is_under_way"], present, len(ended), len(steps), row, lines)

    found: dict[str, Any] = watched(
        session, f"the set-up of environment {name}", look, timeout_s=timeout_s
    ).row
    return found


def _is_over(step: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    if not row["is_under_way"]:
        return True
    return step["state"] in (DONE, FAILED, "by hand")


def _tell_end(session: Session, name: str, row: Mapping[str, Any]) -> None:
    if session.out.is_for_people:
        _refuse_failed(name, row)
    left = ", ".join(_named(row["steps"], LEFT_TO_PEOPLE))
    said = f"environment {name} is set up{left and f', but for what is left to you: {left}'}"
    session.out.done(said, row, name=f"set-up/{name}")
    _refuse_failed(name, row)


def _refuse_failed(name: str, row: Mapping[str, Any]) -> None:
    """End badly where a step failed, or the run was lost on its way.

    Raises:
        Failure: see above.
    """
    if failed := list(_named(row["steps"], {FAILED})):
        message = f"the set-up of environment {name} failed at: {', '.join(failed)}"
        raise Failure(f"{message}; mend it and run it again", Exit.NOT_REACHED)
    if row["asked_at"] and not row["ended_at"]:
        raise Failure(f"the set-up of environment {name} was lost; run it again", Exit.NOT_REACHED)


def _named(steps: Sequence[Mapping[str, Any]], states: set[str] | frozenset[str]) -> Iterator[str]:
    return (each["name"] for each in steps if each["state"] in states)
