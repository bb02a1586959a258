"""``forklift create``, ``update`` and ``add``: one thing at a time, from a file, flags, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from vamp.cli.applying import apply_documents, converted, held
from vamp.cli.asking import password_given
from vamp.cli.commands.changing import form_of, tell_outcomes
from vamp.cli.documents import Document, read_all, read_one
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.homes import Placed, placed
from vamp.cli.kind import Kind, Scope
from vamp.cli.kinds import kind_named
from vamp.cli.resources import current, full_login, role_named
from vamp.cli.session import Session


class Verb(Enum):
    """What is asked for."""

    CREATE = "create"
    UPDATE = "update"
    ADD = "add"


def make(
    session: Session,
    verb: Verb,
    kind_name: str,
    name: str,
    *,
    file: str | None = None,
    form: str = "",
    flags: Mapping[str, Any] | None = None,
    is_dry_run: bool = False,
    more: Sequence[Document] = (),
) -> None:
    """Make one thing what a file and flags say, and tell what became of it.

    Args:
        session: where.
        verb: `CREATE` refuses where there is one, `UPDATE` where there is none.
        kind_name: of the thing.
        name: its name; empty takes the file's.
        file: path, address or ``-``; its ``kind`` may be left out, as earlier Forklifts did.
        form: ``yaml`` or ``json``, where the file must be that.
        flags: field → value; those that are None are left out; they go over the file.
        is_dry_run: change nothing.
        more: documents that go with it, such as the bindings of a user.

    Raises:
        Failure: see above, or the server refuses; faults at the file's lines.
    """
    kind = kind_named(kind_name)
    document = described(session, kind, name, file=file, form=form, flags=flags or {})
    (found,) = placed(session, [document])
    check_there(session, verb, found)
    if found.document.is_historic:
        done: Sequence[Any] = [converted(session, found, is_dry_run=is_dry_run)]
    else:
        done = apply_documents(session, [document, *more], is_dry_run=is_dry_run)
    tell_outcomes(session, done, is_dry_run=is_dry_run)


def described(
    session: Session,
    kind: Kind,
    name: str,
    *,
    file: str | None,
    form: str,
    flags: Mapping[str, Any],
) -> Document:
    """Return the document that a file and flags make together.

    Raises:
        Failure: the file says another kind or name, or nothing says the name.
    """
    document = read_one(file, session.around, form=form_of(form)) if file else Document({})
    value = dict(document.value)
    said = str(value.get("kind", ""))
    if said and _kind_said(said) is not kind:
        fault = document.fault("/kind", f"this is a {said}, not a {kind.document}")
        raise misused(f"{file} holds something else", fault)
    key = "login" if kind.name == "user" and "login" in value else "name"
    if name and value.get(key) not in (None, "", name) and not _same_login(value.get(key), name):
        fault = document.fault(f"/{key}", f"the file says {value[key]}, the command {name}")
        raise misused("file and command name different things", fault)
    # A policy without a kind is of an earlier format: the server tells by that.
    if not (kind.name == "policy" and document.is_historic):
        value["kind"] = kind.document
    value[key] = name or value.get(key) or (document.name if document.is_historic else "")
    if not value[key]:
        raise misused(f"which {kind.name}? give its name")
    value |= {field: given for field, given in flags.items() if given is not None}
    return replace(document, value=value)


def _kind_said(said: str) -> Kind | None:
    try:
        return kind_named(said)
    except Failure:
        return None


def _same_login(said: Any, name: str) -> bool:
    return str(said).rpartition("/")[2] == name.rpartition("/")[2]


def check_there(session: Session, verb: Verb, found: Placed) -> None:
    """Refuse to create what is there, and to update what is not.

    Raises:
        Failure: see above.
    """
    if verb is Verb.ADD:
        return
    inside = found.session(session)
    if found.kind.scope is Scope.ENVIRONMENT:
        is_there = held(inside, found.kind.path(inside, found.name)) is not None
    else:
        is_there = current(inside, found) is not None
    if is_there and verb is Verb.CREATE:
        hint = f"`forklift update {found.kind.name}` changes it"
        raise Failure(f"{found} is there already; {hint}", Exit.CONFLICT)
    if not is_there and verb is Verb.UPDATE:
        hint = f"`forklift create {found.kind.name}` makes it"
        raise Failure(f"{found} is not there; {hint}", Exit.NOT_FOUND)


def bindings_for(session: Session, login: str, roles: Sequence[str]) -> Sequence[Document]:
    """Return the documents that give roles to a user."""
    found = []
    for role in roles:
        organisation = login.rpartition("/")[0] or session.organisation
        value = {
            "kind": "Binding",
            "organisation": organisation,
            "role": role_named(role),
            "user": full_login(organisation, login),
        }
        found.append(Document(value))
    return found


def password_for(session: Session, verb: Verb, file: Path | None) -> str | None:
    """Return a new user's password: of a file, or typed twice; None where none is needed.

    Raises:
        Failure: what was typed differs, there is nobody to type it, or the user is there already.
    """
    if file is None and verb is not Verb.CREATE:
        return None
    if file is not None and verb is Verb.UPDATE:
        raise misused("`forklift set password LOGIN` sets another password")
    missing = "a new user needs a password: give --password-file FILE, or - for standard input"
    return password_given(session, file, missing=missing)


def artifacts(session: Session, folder: str, *, is_dry_run: bool) -> None:
    """Apply the documents of a folder to the session's environment.

    Raises:
        Failure: see `apply_documents`.
    """
    documents = read_all([folder], session.around)
    done = apply_documents(session, documents, is_dry_run=is_dry_run)
    tell_outcomes(session, done, is_dry_run=is_dry_run)
