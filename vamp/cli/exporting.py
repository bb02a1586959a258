"""What there is, as documents that make it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kind import Kind, Scope
from vamp.cli.kinds import kind_named
from vamp.cli.output import as_yaml
from vamp.cli.session import Session

OF_ENVIRONMENT: Final = ("policy", "gateway")
OF_ORGANISATION: Final = ("user", "group", "role", "binding", "sign-in-policy", "single-sign-on")

_NOT_WRITTEN: Final = frozenset(
    {
        "created_at", "created_by", "joined_at", "id", "builtin", "is_platform_administrator",
        "must_change_password", "organisation", "state", "state_at", "state_by", "usage",
    }
)  # fmt: skip
"""What the server says of a thing and nobody may send back."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One document to be written.

    Attributes:
        path: below the folder, such as ``acme/production/gateways/shop.yaml``.
        document: `kind` first.
    """

    path: str
    document: Mapping[str, Any]


def of_environment(
    session: Session, kinds: Sequence[str] = OF_ENVIRONMENT, *, is_portable: bool = False
) -> Iterator[Exported]:
    """Yield the policies and gateways of the session's environment.

    Args:
        session: which organisation and environment.
        kinds: which of them.
        is_portable: leave out where they came from, to apply them elsewhere.
    """
    home = f"{session.organisation}/{session.environment}"
    for kind in map(kind_named, kinds):
        for row in session.api.pages(kind.list_path(session)):
            document = dict(row["document"])
            first = {"kind": document.pop("kind"), "name": document.pop("name")}
            place = {} if is_portable else {"environment": home}
            path = f"{home}/{kind.plural}/{row['name']}.yaml"
            yield Exported(path, {**first, **place, **document})


def of_organisation(session: Session, *, is_portable: bool = False) -> Iterator[Exported]:
    """Yield the organisation, its people and access, and everything in its environments."""
    name = session.organisation
    own = session.api.get(kind_named("organisation").path(session, name))
    yield Exported(f"{name}/organisation.yaml", _document(kind_named("organisation"), own, ""))
    home = "" if is_portable else name
    environments = kind_named("environment")
    rows = list(session.api.pages(environments.list_path(session)))
    for row in rows:
        path = f"{name}/{row['name']}/environment.yaml"
        yield Exported(path, _document(environments, row, home))
    for kind in map(kind_named, OF_ORGANISATION):
        yield from _people(session, kind, home)
    for row in rows:
        yield from of_environment(
            session.within(environment=f"{name}/{row['name']}"), is_portable=is_portable
        )


def _people(session: Session, kind: Kind, home: str) -> Iterator[Exported]:
    try:
        rows = list(kind.rows(session))
    except Failure as failure:
        if failure.exit in (Exit.NOT_FOUND, Exit.NOT_ALLOWED):
            session.out.say(f"note: {kind.plural} are left out: {failure.message}")
            return
        raise
    for row in rows:
        if row.get("builtin"):
            continue
        if kind.is_single:
            yield Exported(f"{session.organisation}/{kind.name}.yaml", _document(kind, row, home))
            continue
        name = kind.name_of(row).rpartition("/")[2]
        yield Exported(
            f"{session.organisation}/{kind.plural}/{name}.yaml", _document(kind, row, home)
        )


def _document(kind: Kind, row: Mapping[str, Any], organisation: str) -> Mapping[str, Any]:
    body = {
        key: value
        for key, value in row.items()
        if key not in (*_NOT_WRITTEN, *kind.read_only)
        and (kind.is_single or value not in (None, "", []))
    }
    place = {"organisation": organisation} if organisation else {}
    if kind.scope is Scope.INSTALLATION:
        place = {}
    return {"kind": kind.document, **place, **body}


def as_stream(found: Sequence[Exported]) -> str:
    """Return the documents as one YAML text, parted by lines of dashes."""
    return "---\n".join(as_yaml(dict(each.document)) for each in found)


def write_all(folder: Path, found: Sequence[Exported]) -> None:
    """Write each document to its file below `folder`; files that are there are overwritten.

    Raises:
        Failure: a file cannot be written.
    """
    for each in found:
        target = folder / each.path
        # Names are the server's: none may lead out of the folder.
        if not target.resolve().is_relative_to(folder.resolve()):
            raise misused(f"{each.path} would lie outside {folder}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(as_yaml(dict(each.document)))
        except OSError as error:
            raise misused(f"{target} cannot be written: {error.strerror}") from None
