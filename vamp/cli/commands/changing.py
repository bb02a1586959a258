"""``vamp apply``, ``diff``, ``export`` and ``delete``: what there shall be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from vamp.cli.applying import apply_documents
from vamp.cli.completing import kinds_and_names
from vamp.cli.deleting import (
    MUCH_GOES,
    Doomed,
    confirm,
    delete,
    delete_in_turns,
    doomed_by,
    left_over,
)
from vamp.cli.differences import differences
from vamp.cli.documents import read_all
from vamp.cli.exporting import Exported, as_stream, of_environment, of_organisation, write_all
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kinds import kind_and_name, kind_and_names_here, kind_named
from vamp.cli.progress import progress
from vamp.cli.resources import Outcome
from vamp.cli.session import Session
from vamp.cli.waiting import seconds_of
from vamp.cli.watching import LONGEST, Timeout, Wait
from vamp.cli.wording import counted


class Prune(Enum):
    """What becomes of gateways and policies that no document names."""

    NO = "no"
    YES = "yes"


Files = Annotated[
    list[str],
    typer.Option(
        "-f", "--file", metavar="FILE|DIR|-|URL", show_default=False,
        help="Documents: a file, a folder, an address, - for standard input; again for more.",
    ),
]  # fmt: skip
MaybeFiles = Annotated[
    Optional[list[str]],  # noqa: UP045  (typer reads it)
    typer.Option(
        "-f", "--file", metavar="FILE|DIR|-|URL", show_default=False,
        help="Delete what these documents name.",
    ),
]  # fmt: skip
Form = Annotated[
    str, typer.Option("-i", "--input", metavar="yaml|json", help="Refuse other forms than this.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check everything, change nothing.", show_default=False)
]
Yes = Annotated[
    bool, typer.Option("-y", "--yes", help="Do not ask to confirm.", show_default=False)
]


def apply(
    session: Session,
    file: Files,
    form: Form = "",
    dry_run: DryRun = False,
    prune: Annotated[
        Prune, typer.Option(help="Delete gateways and policies that no document names.")
    ] = Prune.NO,
    yes: Yes = False,
) -> None:
    """Make everything what the documents say.

    Gateways and policies of one environment change together or not at all.
    """
    documents = read_all(file, session.around, form=form_of(form))
    doomed = left_over(session, documents) if prune is Prune.YES else ()
    done = apply_documents(session, documents, is_dry_run=dry_run)
    tell_outcomes(session, done, is_dry_run=dry_run)
    if not doomed:
        return
    if dry_run:
        for each in doomed:
            session.out.done(f"{each} would be deleted", name=str(each).replace(" ", "/"))
        return
    confirm(session, doomed, is_sure=yes, types_name=False)
    for each, told in delete_in_turns(doomed):
        session.out.done(told, name=str(each).replace(" ", "/"))


def form_of(form: str) -> str:
    """Return ``yaml``, ``json`` or nothing.

    Raises:
        Failure: it is something else.
    """
    if form not in ("", "yaml", "json"):
        raise misused(f"-i {form} is not known; there are yaml and json")
    return form


def tell_outcomes(session: Session, done: Sequence[Outcome], *, is_dry_run: bool) -> None:
    """Print what became of each document; notes on standard error."""
    for each in done:
        for note in each.notes:
            session.out.say(f"note: {_note(each, note)}")
    if session.output == "name":
        session.out.names(f"{each.placed.kind.name}/{each.placed.name}" for each in done)
    elif session.out.is_for_people:
        for each in done:
            session.out.write(f"{each.placed} {worded(each, is_dry_run=is_dry_run)}\n")
    else:
        session.out.value([_shape(each, is_dry_run=is_dry_run) for each in done])


def _note(outcome: Outcome, note: str) -> str:
    """Return what a conversion changed or left out, at its place in the file."""
    pointer, colon, sentence = note.partition(": ")
    if not colon or not pointer.startswith("/"):
        return f"{outcome.placed}: {note}"
    return str(outcome.placed.document.fault(pointer, sentence))


def worded(outcome: Outcome, *, is_dry_run: bool) -> str:
    """Return ``created``, ``would be changed``, ``unchanged``, with the revision where there is one."""
    is_same = outcome.outcome == "unchanged"
    word = outcome.outcome if is_same or not is_dry_run else f"would be {outcome.outcome}"
    shown = outcome.revision is not None and not is_dry_run and not is_same
    return f"{word} (revision {outcome.revision})" if shown else word


def _shape(outcome: Outcome, *, is_dry_run: bool) -> dict[str, Any]:
    placed = outcome.placed
    return {
        "kind": placed.kind.document,
        "organisation": placed.organisation,
        "environment": placed.environment or None,
        "name": placed.name,
        "outcome": outcome.outcome,
        "is_dry_run": is_dry_run,
        "revision": outcome.revision,
        "notes": list(outcome.notes),
    }


def diff(
    session: Session,
    file: Files,
    form: Form = "",
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 8 where there are differences.")
    ] = False,
) -> None:
    """Show what `apply` would change, and change nothing."""
    documents = read_all(file, session.around, form=form_of(form))
    found = [each for each in differences(session, documents) if each.lines()]
    for each in found:
        for line in each.lines():
            session.out.write(_coloured(session, line) + "\n")
    if not found:
        session.out.say("there are no differences")
    if found and exit_code:
        raise typer.Exit(Exit.DIFFERENT)


def _coloured(session: Session, line: str) -> str:
    if line.startswith(("---", "+++", "@@")):
        return session.out.styled(line, "quiet")
    style = {"+": "good", "-": "bad"}.get(line[:1])
    return session.out.styled(line, style) if style else line


def export(
    session: Session,
    words: Annotated[
        Optional[list[str]],  # noqa: UP045  (typer reads it)
        typer.Argument(
            metavar="[KIND [NAME]]",
            autocompletion=kinds_and_names,
            show_default=False,
            help="gateways or policies, and names of them; left out: both.",
        ),
    ] = None,
    folder: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("-o", "--output", help="Write files below this folder.", show_default=False),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--all", help="The whole organisation: environments, people and access as well."
        ),
    ] = False,
    portable: Annotated[
        bool, typer.Option("--portable", help="Leave out where they come from.")
    ] = False,
) -> None:
    """Write what there is as documents that `apply` takes: to standard output, or to files."""
    found = _exported(session, words or [], is_whole=whole, is_portable=portable)
    _write(session, found, folder)


def export_organisation(
    session: Session,
    folder: Annotated[
        Optional[Path],  # noqa: UP045  (typer reads it)
        typer.Option("-o", "--output", help="Write files below this folder.", show_default=False),
    ] = None,
    portable: Annotated[
        bool, typer.Option("--portable", help="Leave out where they come from.")
    ] = False,
) -> None:
    """Write an organisation with its environments, people and access as documents.

    Passwords, tokens and secrets are in none of them.
    """
    _write(session, _exported(session, [], is_whole=True, is_portable=portable), folder)


def _write(session: Session, found: Sequence[Exported], folder: Path | None) -> None:
    if folder is None:
        session.out.write(as_stream(found))
        return
    with progress(session, "writing", len(found)) as tell:
        for each in found:
            write_all(folder, [each])
            tell(each.path)
    session.out.say(f"{counted(len(found), 'document')} written below {folder}")


def _exported(
    session: Session, words: list[str], *, is_whole: bool, is_portable: bool
) -> Sequence[Exported]:
    if is_whole:
        return list(of_organisation(session, is_portable=is_portable))
    if not words:
        return list(of_environment(session, is_portable=is_portable))
    kind, names = kind_and_name(words)
    if kind.name not in ("gateway", "policy"):
        raise misused(f"{kind.plural} are exported with --all; alone, gateways and policies are")
    found = list(of_environment(session, [kind.name], is_portable=is_portable))
    by_name = {each.document["name"]: each for each in found}
    if missing := [name for name in names if name not in by_name]:
        raise Failure(f"there is no {kind.name} {missing[0]}", Exit.NOT_FOUND)
    return [by_name[name] for name in names] if names else found


def remove(
    session: Session,
    words: Annotated[
        Optional[list[str]],  # noqa: UP045  (typer reads it)
        typer.Argument(
            metavar="[KIND NAME]",
            autocompletion=kinds_and_names,
            show_default=False,
            help="What to delete: `gateway shop`, `policy/canary`.",
        ),
    ] = None,
    file: MaybeFiles = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Wait = False,
    timeout: Timeout = LONGEST,
) -> None:
    """Delete things by name, or those that documents name.

    Organisations and environments ask for their name to be typed, and go in the background unless
    --wait is given.
    """
    wait_s = seconds_of(timeout) if wait else None
    doomed = _doomed(session, words or [], file or [])
    must_ask = bool(file) or any(
        each.kind.is_single or each.kind.name in MUCH_GOES for each in doomed
    )
    if dry_run:
        for each in doomed:
            session.out.done(delete(each, is_dry_run=True), name=f"{each.kind.name}/{each.name}")
        return
    if must_ask:
        confirm(session, doomed, is_sure=yes, types_name=False)
    gone = delete_in_turns(doomed, wait_s=wait_s) if file else _one_by_one(doomed, wait_s)
    for each, told in gone:
        session.out.done(told, name=f"{each.kind.name}/{each.name}")


def _one_by_one(doomed: Sequence[Doomed], wait_s: float | None) -> Iterator[tuple[Doomed, str]]:
    """Delete what was named: one that is not there is a failure."""
    for each in doomed:
        yield each, delete(each, wait_s=wait_s)


def _doomed(session: Session, words: list[str], files: list[str]) -> Sequence[Doomed]:
    if bool(words) == bool(files):
        raise misused("give either KIND NAME, or -f FILE")
    if files:
        return doomed_by(session, read_all(files, session.around))
    kind, names = kind_and_names_here(session, words)
    if not names:
        raise misused(f"which {kind.name}? `vamp get {kind.plural}` lists them")
    if not kind_named(kind.name).deletes:
        raise misused(f"{kind.plural} cannot be deleted")
    return [Doomed(kind, name, session) for name in names]
