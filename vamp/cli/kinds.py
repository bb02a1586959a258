"""Every kind of thing that commands know: its names, its address, its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from vamp.cli.client import path_of
from vamp.cli.failure import misused
from vamp.cli.session import Session
from vamp.cli.wording import cell, moment

Row = Mapping[str, Any]


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

    @property
    def many(self) -> str:
        """What several are called, in sentences."""
        return f"{self.plural} entries" if self.plural.endswith("audit") else self.plural

    def name_of(self, row: Row) -> str:
        """Return the name by which commands call the thing that `row` shows."""
        if self.name == "release":
            return f"{row['gateway']}/{row['number']}"
        return str(row.get(self.key, ""))

    def list_path(self, session: Session) -> str:
        """Return the address of the list, in the session's organisation and environment."""
        return f"{self._above(session)}{self.segment or self.plural}"

    def rows(
        self, session: Session, *, most: int | None = None, **query: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of the list, whether it comes in pages or at once.

        Args:
            session: which organisation and environment.
            most: stop after so many.
            query: filters; those that are None are left out.
        """
        path = self.list_path(session)
        if self.is_paged:
            yield from session.api.pages(path, most=most, **query)
            return
        found = session.api.get(path, **query)
        yield from (found["results"] if isinstance(found, dict) else found)[:most]

    def path(self, session: Session, name: str) -> str:
        """Return the address of one of them.

        Raises:
            Failure: the name cannot be one, or the kind has no such addresses.
        """
        if not self.has_details:
            raise misused(f"a single {self.name} has no address: `get {self.plural}` lists them")
        if self.name == "release":
            gateway, slash, number = name.partition("/")
            if not slash or not number.isdecimal():
                raise misused(f"a release is named GATEWAY/NUMBER, such as shop/3, not {name}")
            return f"{self._above(session)}{path_of('gateways', gateway, 'releases', number)}"
        if self.name == "user":
            name = short_login(session, name)
        return f"{self._above(session)}{path_of(self.plural, name)}"

    def _above(self, session: Session) -> str:
        if self.scope is Scope.INSTALLATION:
            return ""
        path = path_of("organisations", session.organisation)
        if self.scope is Scope.ENVIRONMENT:
            path += "/" + path_of("environments", session.environment)
        return path + "/"


def short_login(session: Session, login: str) -> str:
    """Return the part of a login behind its organisation.

    Raises:
        Failure: it is of another organisation than the one the command works in.
    """
    organisation, slash, short = login.rpartition("/")
    if slash and organisation != session.organisation:
        raise misused(f"{login} is not of {session.organisation}: give --org {organisation}")
    return short


def _live(row: Row) -> str:
    found = row.get("liveness") or {}
    if found.get("is_live"):
        return "live"
    if found.get("published", 0) < found.get("desired", 0):
        return "publishing"
    agents = found.get("agents", 0)
    return f"{found.get('applied', 0)} of {agents} agents" if agents else "no agents"


def _split(row: Row) -> str:
    routes = (row.get("document") or {}).get("routes") or []
    shares = [(each.get("name"), each.get("weight", "0%")) for each in routes]
    return ", ".join(f"{name}={weight}" for name, weight in shares if weight != "0%")


def _hosts(row: Row) -> str:
    document = row.get("document") or {}
    return cell(document.get("hosts") or document.get("port"))


def _versions(row: Row) -> str:
    found = [each for each in row.get("versions") or [] if each.get("is_present")]
    return ", ".join(f"{each['version']} {each['ready']}/{each['desired']}" for each in found)


def _steps(row: Row) -> int:
    return len((row.get("document") or {}).get("steps") or [])


def _subject(row: Row) -> str:
    for kind in ("user", "group", "token"):
        if row.get(kind):
            return f"{kind} {row[kind]}"
    return ""


def _reach(row: Row) -> str:
    words = [row.get("environment") or "", row.get("object") or row.get("selector") or ""]
    return " ".join(str(word) for word in words if word) or "all"


_STORES = tuple(
    Column(title, key, is_wide=True)
    for title, key in (("KV", "kv_url"), ("METRICS", "metrics_url"), ("EVENTS", "events_url"))
)
_AUDIT = (
    Column("AT", "at"), Column("WHO", "actor"), Column("DID", "verb"), Column("NAME", "name"),
    Column("FROM ADDRESS", "source_address", is_wide=True),
    Column("REQUEST", "request_id", is_wide=True),
)  # fmt: skip
_AUDIT_FILTERS = ("actor", "verb", "kind", "name", "request_id", "since", "until")
_NAME, _TITLE = Column("NAME", "name"), Column("TITLE", "title")

_SECRETS = (
    _NAME, Column("SET", "is_set"), Column("AT", "set_at"), Column("BY", "set_by"),
)  # fmt: skip

KINDS: Final[Sequence[Kind]] = (
    Kind(
        "organisation", "organisations", ("org", "orgs", "organization", "organizations"),
        Scope.INSTALLATION, (_NAME, _TITLE, *_STORES, Column("CREATED", "created_at")),
        "Organisation", deletes=True,
    ),
    Kind(
        "environment", "environments", ("env", "envs"), Scope.ORGANISATION,
        (_NAME, Column("STAGE", "stage"), Column("ORDER", "order"),
         Column("SCHEDULER", "scheduler_url"), Column("NAMESPACE", "namespace"),
         Column("TITLE", "title", is_wide=True), *_STORES),
        "Environment", deletes=True,
    ),
    Kind(
        "user", "users", (), Scope.ORGANISATION,
        (Column("LOGIN", "login"), Column("NAME", "full_name"), Column("EMAIL", "email"),
         Column("ACTIVE", "is_active"), Column("JOINED", "joined_at", is_wide=True)),
        "User", key="login", deletes=True,
    ),
    Kind(
        "group", "groups", (), Scope.ORGANISATION,
        (_NAME, _TITLE, Column("MEMBERS", "members")), "Group", deletes=True,
    ),
    Kind(
        "role", "roles", (), Scope.ORGANISATION,
        (_NAME, _TITLE, Column("BUILT IN", "builtin"), Column("RIGHTS", "rights")),
        "Role", deletes=True, is_paged=False,
    ),
    Kind(
        "binding", "bindings", (), Scope.ORGANISATION,
        (Column("ID", "id"), Column("ROLE", "role"), Column("TO", _subject), Column("ON", _reach),
         Column("UNTIL", "expires_at"), Column("UP TO", "max_weight")),
        "Binding", key="id", deletes=True,
    ),
    Kind(
        "token", "tokens", (), Scope.ORGANISATION,
        (_NAME, Column("BEGINS", "prefix"), Column("USER", "user"),
         Column("AGENTS OF", "environment"), Column("EXPIRES", "expires_at"),
         Column("LAST USED", "last_used_at")),
        deletes=True,
    ),
    Kind("secret", "secrets", (), Scope.ENVIRONMENT, _SECRETS, has_details=False, is_paged=False),
    Kind(
        "organisation-secret", "organisation-secrets", ("org-secret", "org-secrets"),
        Scope.ORGANISATION, _SECRETS, has_details=False, segment="secrets", is_paged=False,
    ),
    Kind(
        "gateway", "gateways", ("gw",), Scope.ENVIRONMENT,
        (_NAME, Column("HOSTS", _hosts), Column("SPLIT", _split), Column("STATE", _live),
         Column("POLICY", "document.policy", is_wide=True), Column("REVISION", "revision", is_wide=True)),
        "Gateway", deletes=True, filters=("name", "host", "service", "policy"),
    ),
    Kind(
        "service", "services", ("svc",), Scope.ENVIRONMENT,
        (_NAME, Column("VERSIONS", _versions), Column("SINCE", "first_seen_at")),
        filters=("name",),
    ),
    Kind(
        "agent", "agents", (), Scope.ENVIRONMENT,
        (_NAME, Column("ADDRESS", "address"), Column("LIVE", "is_live"),
         Column("HAPROXY", "haproxy_version"), Column("REPORTED", "reported_at"),
         Column("FAULTS", lambda row: len(row.get("faults") or []) or "")),
        deletes=True,
    ),
    Kind(
        "policy", "policies", ("pol", "releasepolicy", "releasepolicies", "release-policy"),
        Scope.ENVIRONMENT,
        (_NAME, _TITLE, Column("VERSION", "version"), Column("STEPS", _steps),
         Column("CHANGED", "changed_at")),
        "ReleasePolicy", deletes=True,
    ),
    Kind(
        "release", "releases", ("rel",), Scope.ENVIRONMENT,
        (Column("RELEASE", lambda row: f"{row['gateway']}/{row['number']}"),
         Column("FROM", "source_version"), Column("TO", "target_version"),
         Column("POLICY", "policy"), Column("STEP", "step"), Column("STATUS", "status"),
         Column("STARTED", "started_at"), Column("BY", "started_by", is_wide=True)),
        filters=("status", "is_over", "service"),
    ),
    Kind(
        "event", "events", ("ev",), Scope.ENVIRONMENT,
        (Column("POSITION", "position"), Column("AT", "emitted_at"), Column("SUBJECT", "subject"),
         Column("PAYLOAD", "payload")),
        key="position", has_details=False,
    ),
    Kind(
        "dead-letter", "dead-letters", ("dl", "deadletter", "deadletters"), Scope.ENVIRONMENT,
        (Column("AT", "rejected_at"), Column("CONSUMER", "consumer"), Column("SUBJECT", "subject"),
         Column("ERROR", "error")),
        key="event_id", has_details=False,
    ),
    Kind(
        "audit", "audit", ("audit-entry", "audit-entries"), Scope.ENVIRONMENT, _AUDIT,
        key="id", has_details=False, filters=_AUDIT_FILTERS,
    ),
    Kind(
        "organisation-audit", "organisation-audit", ("org-audit", "organization-audit"),
        Scope.ORGANISATION, _AUDIT,
        key="id", has_details=False, filters=_AUDIT_FILTERS, segment="audit",
    ),
)  # fmt: skip
"""Every kind, in the order in which people meet them."""

_BY_NAME: Final[Mapping[str, Kind]] = {
    name: kind for kind in KINDS for name in (kind.name, kind.plural, *kind.short)
}
BY_DOCUMENT: Final[Mapping[str, Kind]] = {kind.document: kind for kind in KINDS if kind.document}


def spelled(word: str) -> str:
    """Return a word as kinds are written: ``DeadLetters`` and ``dead_letters`` → ``deadletters``."""
    return word.lower().replace("_", "-")


def kind_named(word: str) -> Kind:
    """Return the kind of that name, in singular, plural or short.

    Raises:
        Failure: there is none.
    """
    found = _BY_NAME.get(spelled(word))
    if found is None:
        known = ", ".join(kind.plural for kind in KINDS)
        raise misused(f"there is no kind {word}; there are {known}")
    return found


def kind_and_name(words: Sequence[str]) -> tuple[Kind, list[str]]:
    """Return the kind and names of ``gateway shop api`` or ``gateway/shop``.

    Raises:
        Failure: there is no such kind.
    """
    first, slash, name = words[0].partition("/")
    return kind_named(first), [*([name] if slash and name else []), *words[1:]]
