"""Making an installation what documents say, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vamp.cli.client import path_of
from vamp.cli.documents import Document
from vamp.cli.failure import Exit, Failure, FaultLine
from vamp.cli.homes import Placed, placed
from vamp.cli.kind import Scope
from vamp.cli.kinds import BY_DOCUMENT
from vamp.cli.problems import Place, located
from vamp.cli.progress import progress
from vamp.cli.resources import Outcome, applied_one, role_named
from vamp.cli.session import Session

NOT_CHECKED = "not checked: its environment is not there yet"


def apply_documents(
    session: Session, documents: Iterable[Document], *, is_dry_run: bool = False
) -> Sequence[Outcome]:
    """Make everything what the documents say; what they leave out stays as it is.

    Organisations, environments, people and access are changed one by one, in the order of
    `homes.ORDER`; the gateways and policies of one environment all together or not at all. All
    that the server can rehearse is rehearsed first, so that a fault anywhere changes nothing.

    Raises:
        Failure: with every fault at its file, line and column.
    """
    found = with_roles(placed(session, documents))
    singles = [each for each in found if each.kind.scope is not Scope.ENVIRONMENT]
    batches = by_environment(each for each in found if each.kind.scope is Scope.ENVIRONMENT)
    coming = {str(each) for each in singles}
    rehearsed = _rehearse(session, batches, coming)
    if is_dry_run:
        return [*(applied_one(session, each, is_dry_run=True) for each in singles), *rehearsed]
    done: list[Outcome] = []
    pieces = len(singles) + len(batches)
    with progress(session, "applying", pieces) as tell:
        for each in singles:
            done.append(applied_one(session, each, is_dry_run=False))
            tell(str(each))
        for path, batch in batches.items():
            done += _sent(session, batch, is_dry_run=False)
            tell(path)
    return done


def with_roles(found: Sequence[Placed]) -> Sequence[Placed]:
    """Return the documents, with a binding for each role that a user's document names.

    Users of earlier Forklifts held their roles: ``{name: ana, roles: [admin]}``.
    """
    more = [
        _binding(each, str(role))
        for each in found
        if each.kind.name == "user"
        for role in each.document.value.get("roles") or []
    ]
    singles = [each for each in found if each.kind.scope is not Scope.ENVIRONMENT]
    rest = [each for each in found if each.kind.scope is Scope.ENVIRONMENT]
    return [*singles, *more, *rest]


def _binding(user: Placed, role: str) -> Placed:
    value = {
        "kind": "Binding",
        "role": role_named(role),
        "user": f"{user.organisation}/{user.name}",
    }
    document = replace(user.document, value=value)
    return Placed(document, BY_DOCUMENT["Binding"], user.organisation, "", "")


def by_environment(found: Iterable[Placed]) -> Mapping[str, Sequence[Placed]]:
    """Return ``organisation/environment`` → its gateways and policies."""
    batches: dict[str, list[Placed]] = {}
    for each in found:
        batches.setdefault(f"{each.organisation}/{each.environment}", []).append(each)
    return batches


def _rehearse(
    session: Session, batches: Mapping[str, Sequence[Placed]], coming: set[str]
) -> Sequence[Outcome]:
    """Rehearse every batch.

    Raises:
        Failure: with the faults of all of them.
    """
    done: list[Outcome] = []
    failures: list[Failure] = []
    for path, batch in batches.items():
        try:
            done += _sent(session, batch, is_dry_run=True)
        except Failure as failure:
            organisation = path.partition("/")[0]
            is_coming = {f"Environment {path}", f"Organisation {organisation}"} & coming
            if failure.exit is Exit.NOT_FOUND and is_coming:
                done += [Outcome(each, "created", notes=(NOT_CHECKED,)) for each in batch]
            elif failure.exit is Exit.UNREACHABLE:
                raise
            else:
                failures.append(failure)
    if failures:
        raise joined(failures)
    return done


def joined(failures: Sequence[Failure]) -> Failure:
    """Return one failure with the faults of all."""
    first = failures[0]
    faults: list[FaultLine] = []
    for failure in failures:
        faults += failure.faults or [FaultLine("", failure.message)]
    return Failure(first.message, first.exit, faults=faults, status=first.status, code=first.code)


def _sent(session: Session, batch: Sequence[Placed], *, is_dry_run: bool) -> Iterator[Outcome]:
    """Apply the documents of one environment.

    Policies of earlier products have no ``kind``, so each goes to its own address, which converts
    it; they come first, for gateways may name them.
    """
    for each in batch:
        if each.document.is_historic:
            yield converted(session, each, is_dry_run=is_dry_run)
    rest = [each for each in batch if not each.document.is_historic]
    if not rest:
        return
    inside = rest[0].session(session)
    path = path_of("organisations", inside.organisation, "environments", inside.environment)
    bodies = [each.body for each in rest]

    def place(pointer: str, code: str) -> Place:
        index, _, below = pointer.removeprefix("/").partition("/")
        if not index.isdecimal():
            return "", "", None, None
        return rest[int(index)].document.place(f"/{below}" if below else "", code)

    try:
        query = {"dry_run": True} if is_dry_run else {}
        answer = inside.api.answer("POST", f"{path}/apply", bodies, query=query)
    except Failure as failure:
        raise located(failure, place) from None
    for result in answer["results"]:
        yield Outcome(
            rest[result["index"]],
            result["outcome"],
            revision=result["revision"],
            notes=tuple(result["notes"]),
        )


def converted(session: Session, each: Placed, *, is_dry_run: bool) -> Outcome:
    """Put a policy in one of the formats of earlier products; its notes say what became of it.

    Raises:
        Failure: with the faults at their places in the file.
    """
    inside = each.session(session)
    path = each.kind.path(inside, each.name)
    before = held(inside, path)
    query = {"dry_run": True} if is_dry_run else {}
    body = {**each.body, "name": each.name}
    try:
        after = inside.api.answer("PUT", path, body, query=query)
    except Failure as failure:
        raise located(failure, each.document.place) from None
    outcome = "created" if before is None else "changed"
    if before is not None and before["version"] == after["version"]:
        outcome = "unchanged"
    return Outcome(each, outcome, before, after, after["version"], tuple(after["notes"]))


def held(session: Session, path: str) -> Any:
    """Return what an address answers; None where there is nothing."""
    try:
        return session.api.get(path)
    except Failure as failure:
        if failure.exit is Exit.NOT_FOUND:
            return None
        raise
