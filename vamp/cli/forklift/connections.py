"""``forklift list``, ``show``, ``set`` and ``test connection``: which stores, and do they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Optional

import typer

from vamp.cli.client import path_of
from vamp.cli.commands.changing import DryRun
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kind import Kind
from vamp.cli.kinds import kind_named, verdict
from vamp.cli.output import as_yaml
from vamp.cli.session import Session, secret_given

STORES: Final = ("database", "broker", "kv", "events", "metrics", "scheduler")


class Level(Enum):
    """Whose connections."""

    ENVIRONMENT = "environment"
    ORGANISATION = "organisation"
    INSTALLATION = "installation"


Of = Annotated[
    Optional[Level],  # noqa: UP045  (typer reads it)
    typer.Option(
        "--of", show_default=False,
        help="Whose; else the environment's, or the organisation's where no environment is named.",
    ),
]  # fmt: skip


def _stores(incomplete: str) -> list[str]:
    return [each for each in STORES if each.startswith(incomplete)]


Store = Annotated[
    str, typer.Argument(metavar="STORE", autocompletion=_stores, help=", ".join(STORES) + ".",
                        show_default=False)
]  # fmt: skip
Stores = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(
        metavar="[STORE]", autocompletion=_stores, help="Left out: every one.", show_default=False
    ),
]
SecretFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(metavar="FILE|-", show_default=False, help="Holds what opens it."),
]
Namespace = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(show_default=False, help="Of the scheduler's cluster."),
]


def list_connections(session: Session, of: Of = None) -> None:
    """List connections: where each leads, whose setting counts, and what its last test found."""
    kind = _kind(session, of)
    session.out.rows(kind, kind.rows(session))


def show_connection(session: Session, store: Store, of: Of = None) -> None:
    """Show one connection, with everything that its last test found."""
    kind = _kind(session, of)
    row = _row(session, kind, store)
    if session.out.is_for_people:
        session.out.write(as_yaml(row))
    else:
        session.out.one(kind, row)


def set_connection(
    session: Session,
    store: Store,
    url: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="URL", show_default=False, help="Where it is; '' takes what is above again."
        ),
    ] = None,
    secret_file: SecretFile = None,
    namespace: Namespace = None,
    test: Annotated[
        bool, typer.Option("--test", help="Save only what answers.", show_default=False)
    ] = False,
    of: Of = None,
    dry_run: DryRun = False,
) -> None:
    """Say which store an environment or an organisation uses, and what opens it.

    Copies nothing: `forklift move begin` moves a store with what is in it. The secret is written
    first, and never shown.
    """
    kind = _kind(session, of)
    secret = secret_given(session, secret_file)
    if url is None and not secret and namespace is None:
        raise misused("nothing to set: give --url, --secret-file or --namespace")
    row = _row(session, kind, store)
    if not row["is_settable"]:
        raise misused(
            f"the {store} of an {_level(kind).value} is not set here{_HINTS.get(store, '')}"
        )
    if test and (url or secret):
        _require_answer(session, kind, store, _proposed(url, secret, namespace))
    changes = _changes(session, kind, store, row, {f"{store}_url": url, "namespace": namespace})
    if not dry_run:
        _save(session, kind, store, secret, changes)
    _tell_set(session, kind, store, secret, changes, is_dry_run=dry_run)


_HINTS: Final[Mapping[str, str]] = {
    "database": ": `forklift move begin database`, or --database of `forklift create environment`",
    "broker": ": it is one of the installation's variables",
}


def _changes(
    session: Session, kind: Kind, store: str, row: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    held = session.api.get(_place(session, kind))
    if wanted.get("namespace") is not None and store != "scheduler":
        raise misused("--namespace is of a scheduler")
    return {
        key: value
        for key, value in wanted.items()
        if value is not None and held.get(key, "") != value
    }


def _save(
    session: Session, kind: Kind, store: str, secret: str, changes: Mapping[str, Any]
) -> None:
    place = _place(session, kind)
    if secret:
        session.api.answer("PUT", f"{place}/{path_of('secrets', store)}", {"value": secret})
    if changes:
        session.api.answer("PATCH", place, dict(changes))


def _tell_set(
    session: Session,
    kind: Kind,
    store: str,
    secret: str,
    changes: Mapping[str, Any],
    *,
    is_dry_run: bool,
) -> None:
    whats = [
        *(f"{key} {value!r}" if value else f"no {key}" for key, value in changes.items()),
        *(["its secret"] if secret else []),
    ]
    name = f"{kind.name}/{store}"
    if not whats:
        session.out.done(f"connection {store} unchanged", name=name)
        return
    word = "would be set" if is_dry_run else "set"
    row = None if is_dry_run else _row(session, kind, store)
    session.out.done(f"connection {store} {word}: {', '.join(whats)}", row, name=name)


def ask_connection(
    session: Session,
    stores: Stores = None,
    url: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="URL",
            show_default=False,
            help="Try this one, which is saved nowhere. For platform administrators.",
        ),
    ] = None,
    secret_file: SecretFile = None,
    namespace: Namespace = None,
    of: Of = None,
) -> None:
    """Ask stores whether they answer and allow what Vamp needs; exit code 7 where one does not."""
    kind = _kind(session, of)
    proposal = _proposed(url, secret_given(session, secret_file), namespace)
    if proposal and len(stores or ()) != 1:
        raise misused("which store? an address is tried for one")
    names = stores or [row["store"] for row in kind.rows(session) if row["url"]]
    found = {name: _asked(session, kind, name, proposal) for name in names}
    if session.out.is_for_people:
        for name, checked in found.items():
            for line in told(name, checked, is_whole=bool(session.given.verbose)):
                session.out.write(line + "\n")
    else:
        session.out.value([{"store": name, **checked} for name, checked in found.items()])
    if any(not checked["ok"] for checked in found.values()):
        raise typer.Exit(Exit.NOT_REACHED)


def told(name: str, checked: Mapping[str, Any], *, is_whole: bool = False) -> Iterator[str]:
    """Yield the lines that tell what a test found.

    Args:
        name: of the store.
        checked: as the API says it.
        is_whole: also what is well.
    """
    latency = checked.get("latency_ms")
    words = [checked["system"], checked["version"], "" if latency is None else f"{latency:.1f} ms"]
    yield f"{name:<10}{verdict(checked):<12}{' '.join(word for word in words if word)}".rstrip()
    for finding in checked["findings"]:
        if is_whole or finding["tone"] != "good":
            hint = f"; {finding['hint']}" if finding["hint"] else ""
            yield f"  {finding['what']}: {finding['message']}{hint}"


def _require_answer(session: Session, kind: Kind, store: str, proposal: Mapping[str, str]) -> None:
    checked = _asked(session, kind, store, proposal)
    if not checked["ok"]:
        said = " ".join(" ".join(told(store, checked)).split())
        raise Failure(f"nothing was saved: {said}", Exit.NOT_REACHED)


def _proposed(url: str | None, secret: str, namespace: str | None) -> dict[str, str]:
    given = {"url": url or "", "secret": secret, "namespace": namespace or ""}
    return {key: value for key, value in given.items() if value}


def _asked(session: Session, kind: Kind, store: str, proposal: Mapping[str, str]) -> dict[str, Any]:
    path = f"{kind.list_path(session)}/{path_of(store, 'test')}"
    found: dict[str, Any] = session.api.answer("POST", path, dict(proposal) or None)
    return found


def _kind(session: Session, of: Level | None) -> Kind:
    if of is None:
        of = Level.ENVIRONMENT if session.known_environment else Level.ORGANISATION
    return kind_named(_KINDS[of])


_KINDS: Final[Mapping[Level, str]] = {
    Level.ENVIRONMENT: "connection",
    Level.ORGANISATION: "organisation-connection",
    Level.INSTALLATION: "installation-connection",
}


def _level(kind: Kind) -> Level:
    return next(level for level, name in _KINDS.items() if name == kind.name)


def _place(session: Session, kind: Kind) -> str:
    """Return the address of the environment or organisation whose connections these are."""
    level = _level(kind)
    if level is Level.INSTALLATION:
        raise misused("the installation's stores are its variables: see the page on settings")
    name = session.environment if level is Level.ENVIRONMENT else session.organisation
    return kind_named(level.value).path(session, name)


def _row(session: Session, kind: Kind, store: str) -> dict[str, Any]:
    rows: Sequence[dict[str, Any]] = list(kind.rows(session))
    for row in rows:
        if row["store"] == store:
            return row
    known = ", ".join(row["store"] for row in rows)
    raise Failure(f"there is no connection {store} here; there are {known}", Exit.NOT_FOUND)
