"""What a kind of thing is to the commands: its names, its address, its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from vamp.cli.client import Api, path_of
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.wording import cell, moment

Row = Mapping[str, Any]


class Here(Protocol):
    """Where a command works: what a kind asks of a `Session`, which is made of what prints kinds."""

    @property
    def organisation(self) -> str:
        """Name of the organisation."""
        ...

    @property
    def environment(self) -> str:
        """Name of the environment."""
        ...

    @property
    def api(self) -> Api:
        """The client."""
        ...


class Scope(Enum):
    """What the address of a kind lies below."""

    INSTALLATION = "installation"
    ORGANISATION = "organisation"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: in capitals.
        of: a key of the row, ``.``-separated into it, or a function of the row.
        is_wide: shown only where the terminal has room, or with ``-v``.
    """

    title: str
    of: str | Callable[[Row], Any]
    is_wide: bool = False

    def text(self, row: Row) -> str:
        """Return what stands in this column of `row`."""
        if callable(self.of):
            return cell(self.of(row))
        value: Any = row
        for step in self.of.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return moment(value) if self.of.endswith("_at") or self.of == "at" else cell(value)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing.

    Attributes:
        name: singular, with hyphens; plural: as in addresses.
        short: further names.
        document: ``kind:`` of its documents; empty where it has none.
        scope: what its address lies below.
        columns: of its table.
        key: of a row, that names it.
        has_details: has each an address of its own.
        deletes: can one be deleted by its address.
        filters: query parameters that its list takes.
        segment: of the address, where that is not the plural.
        is_paged: does its list come in pages.
        is_by_name: is its list in the order of names, also where no beginning is asked for.
        is_single: an organisation has one, which has no name of its own: it is written as a whole.
        read_only: keys of a row that nobody may send back.
    """

    name: str
    plural: str
    short: tuple[str, ...]
    scope: Scope
    columns: Sequence[Column]
    document: str = ""
    key: str = "name"
    has_details: bool = True
    deletes: bool = False
    filters: tuple[str, ...] = ()
    segment: str = ""
    is_paged: bool = True
    is_by_name: bool = False
    is_single: bool = False
    read_only: tuple[str, ...] = ()

    @property
    def many(self) -> str:
        """What several are called, in sentences."""
        return f"{self.plural} entries" if self.plural.endswith("audit") else self.plural

    def name_of(self, row: Row) -> str:
        """Return the name by which commands call the thing that `row` shows."""
        if self.name == "release":
            return f"{row['gateway']}/{row['number']}"
        return str(row.get(self.key, ""))

    def list_path(self, session: Here) -> str:
        """Return the address of the list, in the session's organisation and environment."""
        return f"{self._above(session)}{self.segment or self.plural}"

    def rows(
        self, session: Here, *, most: int | None = None, **query: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of the list, whether it comes in pages or at once.

        Args:
            session: which organisation and environment.
            most: stop after so many.
            query: filters; those that are None are left out.
        """
        if self.is_single:
            found = self.only_one(session)
            yield from [{self.key: session.organisation, **found}] if found else []
            return
        path = self.list_path(session)
        if self.is_paged:
            yield from session.api.pages(path, most=most, **query)
            return
        found = session.api.get(path, **query)
        yield from (found["results"] if isinstance(found, dict) else found)[:most]

    def only_one(self, session: Here) -> dict[str, Any] | None:
        """Return what the organisation has one of; None where it has none.

        Raises:
            Failure: the organisation itself is not there, or not the caller's.
        """
        try:
            found: dict[str, Any] = session.api.get(self.list_path(session))
        except Failure as failure:
            if failure.exit is not Exit.NOT_FOUND:
                raise
            session.api.get(self._above(session).rstrip("/"))
            return None
        return found

    def path(self, session: Here, name: str) -> str:
        """Return the address of one of them.

        Raises:
            Failure: the name cannot be one, or the kind has no such addresses.
        """
        if self.is_single:
            if name != session.organisation:
                raise misused(
                    f"an organisation has one {self.name}: --org says of which, not {name}"
                )
            return self.list_path(session)
        if not self.has_details:
            raise misused(f"a single {self.name} has no address: `get {self.plural}` lists them")
        if self.name == "release":
            gateway, slash, number = name.partition("/")
            if not slash or not number.isdecimal():
                raise misused(f"a release is named GATEWAY/NUMBER, such as shop/3, not {name}")
            return f"{self._above(session)}{path_of('gateways', gateway, 'releases', number)}"
        if self.name == "user":
            name = short_login(session, name)
        return f"{self.list_path(session)}/{path_of(name)}"

    def _above(self, session: Here) -> str:
        if self.scope is Scope.INSTALLATION:
            return ""
        path = path_of("organisations", session.organisation)
        if self.scope is Scope.ENVIRONMENT:
            path += "/" + path_of("environments", session.environment)
        return path + "/"


def short_login(session: Here, login: str) -> str:
    """Return the part of a login behind its organisation.

    Raises:
        Failure: it is of another organisation than the one the command works in.
    """
    organisation, slash, short = login.rpartition("/")
    if slash and organisation != session.organisation:
        raise misused(f"{login} is not of {session.organisation}: give --org {organisation}")
    return short
