"""Where a document belongs: its organisation, and its environment where its kind has one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vamp.cli.documents import Document
from vamp.cli.failure import Exit, Failure, FaultLine
from vamp.cli.kind import Kind, Scope
from vamp.cli.kinds import BY_DOCUMENT
from vamp.cli.session import Session

ORDER: Final = (
    "Organisation", "Environment", "User", "Group", "Role", "Binding", "SignInPolicy", "SingleSignOn",
    "ReleasePolicy", "Gateway",
)  # fmt: skip
"""Each kind comes after those that it may refer to."""

_SPELLED: Final[Mapping[str, str]] = {
    "Organization": "Organisation", "Policy": "ReleasePolicy", "RoleBinding": "Binding",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """A document, what it is, and where it belongs.

    Attributes:
        document: as it was read.
        kind: what it is.
        organisation: whose it is; of an organisation its own name.
        environment: where; empty for kinds that belong to an organisation.
        name: of the thing; empty for a binding, which has none, and its organisation's for what
            each of them has one of.
    """

    document: Document
    kind: Kind
    organisation: str
    environment: str
    name: str

    @property
    def body(self) -> dict[str, Any]:
        """Return what is sent: the document without the keys that say where it belongs."""
        left_out = {"organisation", "organization"}
        if self.kind.scope is Scope.ENVIRONMENT:
            left_out.add("environment")
        return {key: value for key, value in self.document.value.items() if key not in left_out}

    def __str__(self) -> str:
        """Return ``Gateway acme/production/shop``."""
        if self.kind.is_single:
            return f"{self.kind.document} {self.organisation}"
        parts = {
            "organisation": (self.name,),
            "binding": (self.organisation, _binding_name(self.document.value)),
        }.get(self.kind.name, (self.organisation, self.environment, self.name))
        return f"{self.kind.document} {'/'.join(part for part in parts if part)}"

    def session(self, session: Session) -> Session:
        """Return a session that works where the document belongs."""
        environment = self.environment and f"{self.organisation}/{self.environment}"
        return session.within(organisation=self.organisation, environment=environment)


def _binding_name(value: Mapping[str, Any]) -> str:
    subject = next(
        (f"{key} {value[key]}" for key in ("user", "group", "token") if value.get(key)), "?"
    )
    return f"{value.get('role', '?')} to {subject}"


def placed(session: Session, documents: Iterable[Document]) -> Sequence[Placed]:
    """Return the documents with where they belong, in the order in which they are applied.

    Raises:
        Failure: with a fault for each that is of no known kind, has no name, or no home.
    """
    found: list[Placed] = []
    faults: list[FaultLine] = []
    for document in documents:
        try:
            found.append(_placed(session, document))
        except Failure as failure:
            faults += failure.faults or [document.fault("", failure.message)]
    faults += _named_twice(found)
    if faults:
        raise Failure("what the files say cannot be applied", Exit.USAGE, faults=faults)
    return sorted(found, key=lambda each: ORDER.index(each.kind.document))


def _placed(session: Session, document: Document) -> Placed:
    named = _SPELLED.get(document.kind, document.kind)
    kind = BY_DOCUMENT.get(named)
    if kind is None:
        hint = f"one of {', '.join(ORDER)}"
        shown = f"`kind` is {named}" if named else "`kind` is missing"
        raise _at(document, "/kind" if named else "", shown, hint)
    name = document.name
    if not name and kind.name != "binding" and not kind.is_single:
        raise _at(document, "", "`name` is missing", "")
    organisation, environment = _home(session, document, kind)
    if kind.name == "user":
        organisation, name = _login(document, organisation, name)
    if kind.is_single:
        name = organisation
    return Placed(document, kind, organisation, environment, name)


def _home(session: Session, document: Document, kind: Kind) -> tuple[str, str]:
    value = document.value
    said = str(value.get("organisation") or value.get("organization") or "")
    if kind.scope is Scope.INSTALLATION:
        return document.name, ""
    if kind.scope is Scope.ORGANISATION:
        login = document.name.rpartition("/")[0] if kind.name == "user" else ""
        return _agreed(document, "/organisation", said or login, session.given.organisation) or (
            session.organisation
        ), ""
    path = str(value.get("environment") or "")
    above, _, environment = path.rpartition("/")
    organisation = _agreed(document, "/organisation", said or above, session.given.organisation)
    flag = (session.given.environment or "").rpartition("/")[2]
    environment = _agreed(document, "/environment", environment, flag)
    return organisation or session.organisation, environment or session.environment


def _agreed(document: Document, pointer: str, said: str, flag: str | None) -> str:
    if said and flag and said != flag:
        hint = "take it out of the file, or leave the flag out"
        raise _at(document, pointer, f"the file says {said}, the flag {flag}", hint)
    return said or flag or ""


def _login(document: Document, organisation: str, name: str) -> tuple[str, str]:
    above, _, short = name.rpartition("/")
    if above and above != organisation:
        raise _at(document, "/login", f"{name} is not of {organisation}", "")
    return organisation, short


def _at(document: Document, pointer: str, message: str, hint: str) -> Failure:
    return Failure(message, Exit.USAGE, faults=[document.fault(pointer, message, hint)])


def _named_twice(found: Iterable[Placed]) -> list[FaultLine]:
    seen: dict[str, Placed] = {}
    faults = []
    for each in found:
        if each.kind.name == "binding":
            continue
        first = seen.setdefault(str(each), each)
        if first is not each:
            _, file, line, _ = first.document.place("/name")
            place = f"{file}:{line}" if line else file
            faults.append(each.document.fault("/name", f"{each} is there already, in {place}"))
    return faults
