"""Every kind of thing that commands know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vamp.cli.failure import misused
from vamp.cli.kind import Column, Here, Kind, Row, Scope
from vamp.cli.wording import cell, moment


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


def _secret(row: Row) -> str:
    held = row.get("secret")
    if held is None:
        return ""
    return {True: "set", False: "missing"}.get(held.get("is_set"), "unknown")


def _last_test(row: Row) -> str:
    return verdict(row["result"]) if row.get("result") else ""


def verdict(result: Row) -> str:
    """Return what a connection's test found, in one or two words."""
    if not result["ok"]:
        return "fails"
    return "good" if result["is_prepared"] else "not set up"


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
_BEGINS = ("begins",)
_NAME, _TITLE = Column("NAME", "name"), Column("TITLE", "title")

_SECRETS = (
    _NAME, Column("SET", "is_set"), Column("AT", "set_at"), Column("BY", "set_by"),
)  # fmt: skip

_CONNECTIONS = (
    Column("STORE", "store"), Column("LEADS TO", "url"), Column("SET BY", "origin"),
    Column("SECRET", _secret), Column("LAST TEST", _last_test),
    Column("TESTED", "result.tested_at", is_wide=True),
)  # fmt: skip
_LOCKS = (
    Column("ID", "id"), Column("WHO", "subject"), Column("FROM", "address"),
    Column("FAILURES", "failures"), Column("LOCKED", "is_locked"), Column("UNTIL", lambda row: moment(row.get("until"))),
)  # fmt: skip

KINDS: Final[Sequence[Kind]] = (
    Kind(
        "organisation", "organisations", ("org", "orgs", "organization", "organizations"),
        Scope.INSTALLATION, (_NAME, _TITLE, *_STORES, Column("CREATED", "created_at")),
        "Organisation", deletes=True, filters=_BEGINS, is_by_name=True,
    ),
    Kind(
        "environment", "environments", ("env", "envs"), Scope.ORGANISATION,
        (_NAME, Column("STAGE", "stage"), Column("ORDER", "order"),
         Column("SCHEDULER", "scheduler_url"), Column("NAMESPACE", "namespace"),
         Column("TITLE", "title", is_wide=True), *_STORES),
        "Environment", deletes=True, filters=_BEGINS,
    ),
    Kind(
        "user", "users", (), Scope.ORGANISATION,
        (Column("LOGIN", "login"), Column("NAME", "full_name"), Column("EMAIL", "email"),
         Column("ACTIVE", "is_active"), Column("JOINED", "joined_at", is_wide=True)),
        "User", key="login", deletes=True, filters=_BEGINS, is_by_name=True,
    ),
    Kind(
        "group", "groups", (), Scope.ORGANISATION,
        (_NAME, _TITLE, Column("MEMBERS", "members")), "Group", deletes=True,
        filters=_BEGINS, is_by_name=True,
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
        deletes=True, filters=_BEGINS, is_by_name=True,
    ),
    Kind(
        "database", "databases", ("db", "dbs"), Scope.ORGANISATION,
        (_NAME, Column("LEADS TO", "url"), Column("STATE", "state"), Column("ERROR", "error")),
        deletes=True, filters=_BEGINS, is_by_name=True,
    ),
    Kind(
        "connection", "connections", (), Scope.ENVIRONMENT, _CONNECTIONS,
        key="store", has_details=False, is_paged=False,
    ),
    Kind(
        "organisation-connection", "organisation-connections", ("org-connections",),
        Scope.ORGANISATION, _CONNECTIONS,
        key="store", has_details=False, segment="connections", is_paged=False,
    ),
    Kind(
        "installation-connection", "installation-connections", (),
        Scope.INSTALLATION, _CONNECTIONS,
        key="store", has_details=False, segment="connections", is_paged=False,
    ),
    Kind(
        "store", "stores", ("storage",), Scope.ENVIRONMENT,
        (Column("STORE", "kind"), Column("LIES IN", "url"), Column("NAMED BY", "whose"),
         Column("ALSO IN", lambda row: row.get("old_url") or row.get("former"))),
        key="kind", has_details=False, segment="storage", is_paged=False,
    ),
    Kind(
        "move", "moves", (), Scope.ENVIRONMENT,
        (Column("NUMBER", "id"), Column("STORE", "kind"),
         Column("FROM", lambda row: row["from_store"] or "inherited"),
         Column("TO", lambda row: row["to_store"] or "inherited"), Column("STATE", "state"),
         Column("STEP", "step"), Column("ERROR", "error"), Column("BY", "actor", is_wide=True),
         Column("STARTED", "started_at", is_wide=True)),
        key="id", segment="storage/moves",
    ),
    Kind(
        "sign-in-policy", "sign-in-policies", ("sign-in",), Scope.ORGANISATION,
        (Column("ORGANISATION", "organisation"), Column("SECOND FACTOR", "second_factor"),
         Column("DAYS OF GRACE", "grace_days"), Column("SINCE", "required_since")),
        "SignInPolicy", key="organisation", segment="sign-in", is_single=True,
        read_only=("required_since",),
    ),
    Kind(
        "single-sign-on", "single-sign-ons", ("sso", "identity-provider", "identity-providers"),
        Scope.ORGANISATION,
        (Column("ORGANISATION", "organisation"), _TITLE, Column("ISSUER", "issuer"),
         Column("CLIENT", "client_id"), Column("ENABLED", "is_enabled"),
         Column("GROUPS", lambda row: len(row.get("groups") or []) or "")),
        "SingleSignOn", key="organisation", deletes=True, segment="single-sign-on", is_single=True,
    ),
    Kind("lock", "locks", (), Scope.ORGANISATION, _LOCKS, key="id", has_details=False),
    Kind(
        "installation-lock", "installation-locks", (), Scope.INSTALLATION, _LOCKS,
        key="id", has_details=False, segment="locks",
    ),
    Kind(
        "session", "sessions", (), Scope.INSTALLATION,
        (Column("ID", "id"), Column("FROM", "address"), Column("BROWSER", "browser"),
         Column("SINCE", lambda row: moment(row.get("since"))), Column("LAST SEEN", "seen_at")),
        key="id", has_details=False, segment="me/sessions",
    ),
    Kind(
        "deletion", "deletions", (), Scope.ORGANISATION,
        (Column("WHAT", "path"), Column("BY", "requested_by"), Column("ASKED", "requested_at"),
         Column("STEP", "step"), Column("WAITS FOR", "waits_for"), Column("OVER", "finished_at")),
        key="path", has_details=False,
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
        "Gateway", deletes=True,
        filters=("name", "host", "service", "policy", *_BEGINS), is_by_name=True,
    ),
    Kind(
        "service", "services", ("svc",), Scope.ENVIRONMENT,
        (_NAME, Column("VERSIONS", _versions), Column("SINCE", "first_seen_at")),
        filters=("name", *_BEGINS), is_by_name=True,
    ),
    Kind(
        "agent", "agents", (), Scope.ENVIRONMENT,
        (_NAME, Column("ADDRESS", "address"), Column("LIVE", "is_live"),
         Column("HAPROXY", "haproxy_version"), Column("REPORTED", "reported_at"),
         Column("FAULTS", lambda row: len(row.get("faults") or []) or "")),
        deletes=True, filters=_BEGINS, is_by_name=True,
    ),
    Kind(
        "policy", "policies", ("pol", "releasepolicy", "releasepolicies", "release-policy"),
        Scope.ENVIRONMENT,
        (_NAME, _TITLE, Column("VERSION", "version"), Column("STEPS", _steps),
         Column("CHANGED", "changed_at")),
        "ReleasePolicy", deletes=True, filters=_BEGINS, is_by_name=True,
    ),
    Kind(
        "release", "releases", ("rel",), Scope.ENVIRONMENT,
        (Column("RELEASE", lambda row: f"{row['gateway']}/{row['number']}"),
         Column("FROM", "source_version"), Column("TO", "target_version"),
         Column("POLICY", "policy"), Column("STEP", "step"), Column("STATUS", "status"),
         Column("STARTED", "started_at"), Column("BY", "started_by", is_wide=True)),
        filters=("status", "is_over", "service", *_BEGINS),
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


def kind_and_names_here(session: Here, words: Sequence[str]) -> tuple[Kind, list[str]]:
    """Return what `kind_and_name` does; what an organisation has one of need not be named.

    Raises:
        Failure: there is no such kind, or no organisation where one is wanted.
    """
    kind, names = kind_and_name(words)
    return kind, names or ([session.organisation] if kind.is_single else [])
