"""Things that are changed one by one: organisations and environments, people, access, sign-in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from vamp.cli.failure import Exit, Failure
from vamp.cli.homes import Placed
from vamp.cli.problems import located
from vamp.cli.session import Session

CREATION_ONLY: Final = frozenset({"password", "database", "kind", "name", "login"})
"""Keys that are taken when a thing is made, and cannot be compared afterwards."""

CHANGE_ONLY: Final = frozenset({"is_active"})
"""Keys that nothing is made with: what differs from the beginning is changed afterwards."""

_IDENTITY: Final = ("role", "user", "group", "token", "environment", "selector", "object")
"""What tells one binding from another; the rest are its limits."""

_APART: Final = (  # what is to be told of a provider that a document made
    "its client's secret stands in no document: `forklift set single-sign-on --secret-file FILE`"
)

_OLD_ROLES: Final[Mapping[str, str]] = {"admin": "administrator", "qa": "operator"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document, or would become of it.

    Attributes:
        placed: the document.
        outcome: ``created``, ``changed`` or ``unchanged``.
        before: what was there; None where nothing was.
        after: what is there, or would be, as far as it is known.
        revision: of a gateway, or version of a policy; None for other kinds.
        notes: what a person should look through.
    """

    placed: Placed
    outcome: str
    before: Any = None
    after: Any = None
    revision: int | None = None
    notes: tuple[str, ...] = ()


def applied_one(session: Session, placed: Placed, *, is_dry_run: bool) -> Outcome:
    """Make one thing what its document says, and nothing where it is that already.

    The API rehearses none of these kinds, so a dry run compares and sends nothing.

    Raises:
        Failure: with the faults at their places in the file.
    """
    inside = placed.session(session)
    try:
        before = current(inside, placed)
        wanted = wanted_of(inside, placed)
        if before is None:
            after = wanted if is_dry_run else _made(inside, placed, wanted)
            is_lacking = placed.kind.name == "single-sign-on"
            return Outcome(placed, "created", None, after, notes=(_APART,) if is_lacking else ())
        changes = changed_fields(before, wanted)
        notes = tuple(_lies_elsewhere(before, wanted))
        if not changes:
            return Outcome(placed, "unchanged", before, before, notes=notes)
        after = {**before, **changes}
        if not is_dry_run:
            after = _changed(inside, placed, before, changes) or after
    except Failure as failure:
        raise located(failure, placed.document.place) from None
    return Outcome(placed, "changed", before, after, notes=notes)


def _lies_elsewhere(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """Tell that what an environment says of its database is not so, and does not become so."""
    said, held = wanted.get("database"), before.get("database")
    if said and said != held:
        yield (
            f"/database: it lies in {held}, and stays there; `forklift move begin database {said}`"
            " moves it"
        )


def current(session: Session, placed: Placed) -> dict[str, Any] | None:
    """Return the thing as it is now; None where there is none."""
    if placed.kind.name == "binding":
        wanted = _identity(wanted_of(session, placed))
        rows = session.api.pages(placed.kind.list_path(session))
        return next((row for row in rows if _identity(row) == wanted), None)
    try:
        found: dict[str, Any] = session.api.get(placed.kind.path(session, placed.name))
    except Failure as failure:
        if failure.exit is Exit.NOT_FOUND:
            return None
        raise
    return found


def wanted_of(session: Session, placed: Placed) -> dict[str, Any]:
    """Return what is sent to make the thing, in the API's own words."""
    body = {key: value for key, value in placed.body.items() if key not in ("kind", "roles")}
    organisation = placed.organisation
    if placed.kind.name == "user":
        body.pop("name", None)
        body.pop("metadata", None)  # earlier Forklifts kept it
        body["login"] = f"{organisation}/{placed.name}"
    elif placed.kind.name == "group":
        body["members"] = [full_login(organisation, each) for each in body.get("members") or []]
    elif placed.kind.name == "binding":
        if body.get("user"):
            body["user"] = full_login(organisation, str(body["user"]))
        if isinstance(body.get("max_weight"), int | float):
            body["max_weight"] = f"{body['max_weight']:g}%"
    return body


def full_login(organisation: str, login: str) -> str:
    """Return a login with its organisation before it."""
    return login if "/" in login else f"{organisation}/{login}"


def role_named(name: str) -> str:
    """Return a role's name; those of earlier products by what they are called now."""
    return _OLD_ROLES.get(name, name)


def changed_fields(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `wanted` says otherwise than `before`."""
    return {
        key: value
        for key, value in wanted.items()
        if key not in CREATION_ONLY and _alike(before.get(key)) != _alike(value)
    }


def _alike(value: Any) -> Any:
    """Return a value so that ways to write the same are equal."""
    if value in (None, "", [], ()):
        return None
    if isinstance(value, list):
        return sorted(
            json.dumps(each, sort_keys=True) if isinstance(each, dict) else str(each)
            for each in value
        )
    if isinstance(value, str) and value[:4].isdecimal() and "T" in value:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def _identity(binding: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_alike(binding.get(key)) for key in _IDENTITY)


def _made(session: Session, placed: Placed, wanted: dict[str, Any]) -> Any:
    if placed.kind.is_single:
        return session.api.answer("PUT", placed.kind.path(session, placed.name), wanted)
    body = {key: value for key, value in wanted.items() if key not in CHANGE_ONLY | {"kind"}}
    made = session.api.answer("POST", placed.kind.list_path(session), body)
    later = {key: value for key, value in wanted.items() if key in CHANGE_ONLY}
    if changes := changed_fields(made, {key: each for key, each in later.items() if key in made}):
        made = _changed(session, placed, made, changes)
    return made


def _changed(
    session: Session, placed: Placed, before: Mapping[str, Any], changes: dict[str, Any]
) -> Any:
    if placed.kind.is_single:
        held = {key: each for key, each in before.items() if key not in placed.kind.read_only}
        path = placed.kind.path(session, placed.name)
        return session.api.answer("PUT", path, {**held, **changes})
    name = str(before["id"]) if placed.kind.name == "binding" else placed.name
    return session.api.answer("PATCH", placed.kind.path(session, name), changes)
