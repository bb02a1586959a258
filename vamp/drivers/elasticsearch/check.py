"""Looking at an Elasticsearch: who it is, how its cluster is, what we may do with our indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vamp.drivers.elasticsearch.client import port_errors
from vamp.drivers.elasticsearch.templates import Template, version_of
from vamp.ports.checks import Check, Checked
from vamp.ports.errors import PortError

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SYSTEM = "Elasticsearch"
WAIT_S = 3.0
"""Shorter than for other questions: somebody waits for the answer in front of a screen."""

CLUSTER_RIGHTS = ("manage_index_templates", "monitor")
INDEX_RIGHTS = ("create_index", "create_doc", "read", "delete", "delete_index", "maintenance")


def check_elasticsearch(
    client: Elasticsearch, *, pattern: str, prefix: str, templates: Sequence[Template]
) -> Checked:
    """Look at the cluster; see the port. Cost: a handful of requests, the last ones one a template.

    Args:
        client: to ask with.
        pattern: matches the indices that we must be able to use.
        prefix: of the names of templates.
        templates: which should be there.
    """
    check = Check(SYSTEM)
    brief = client.options(request_timeout=WAIT_S, max_retries=0)
    hint = "check host, port, tls and login in its URL and secret, and that it runs"
    told = check.asks("answers", lambda: _told(brief), hint=hint, is_timed=True)
    if told is None:
        return check.done()
    check.version = str(told.get("version", {}).get("number", ""))
    health = check.asks("tells its health", lambda: _health(brief))
    if health is not None:
        note_health(check, health)
    _note_rights(check, brief, pattern)
    if check.is_well:
        _note_templates(check, brief, prefix, templates)
    return check.done()


def note_health(check: Check, health: Mapping[str, Any]) -> None:
    """Note how the cluster is, from what ``_cluster/health`` answers. Pure."""
    status, nodes = health.get("status"), health.get("number_of_data_nodes", 0)
    if status == "red":
        hint = "look at GET _cluster/allocation/explain there; numbers of red indices are missing"
        check.bad("its cluster is whole", "some of its shards are nowhere (red)", hint)
    elif not nodes:
        check.bad("its cluster is whole", "it has no node that holds data", "start one")
    else:
        copies = "" if status == "green" else "; copies of some shards are missing (yellow)"
        check.good("its cluster is whole", f"{nodes} data node{'' if nodes == 1 else 's'}{copies}")


def _told(client: Elasticsearch) -> Mapping[str, Any]:
    with port_errors():
        found: Mapping[str, Any] = client.info().body
    return found


def _health(client: Elasticsearch) -> Mapping[str, Any]:
    with port_errors():
        found: Mapping[str, Any] = client.cluster.health(timeout="1s").body
    return found


def _note_rights(check: Check, client: Elasticsearch, pattern: str) -> None:
    what = "may read and write our indices"
    asked: dict[str, Any] = {
        "cluster": list(CLUSTER_RIGHTS),
        "index": [{"names": [pattern], "privileges": list(INDEX_RIGHTS)}],
    }
    try:
        with port_errors():
            answer = client.perform_request(
                "POST",
                "/_security/user/_has_privileges",
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                body=asked,
            ).body
    except PortError as error:
        if not _has_no_security(error):
            check.bad(what, str(error))
        return
    held = {**answer.get("cluster", {}), **answer.get("index", {}).get(pattern, {})}
    missing = [right for right in (*CLUSTER_RIGHTS, *INDEX_RIGHTS) if not held.get(right)]
    if missing:
        hint = f"give our user a role with {', '.join(missing)} on {pattern}"
        check.bad(what, f"our user lacks {', '.join(missing)}", hint)
    else:
        check.good(what)


def _has_no_security(error: PortError) -> bool:
    """Tell whether a refusal means that everybody may do everything: security is off or not there."""
    said = str(error).lower()
    return any(
        word in said for word in ("no handler found", "(405)", "security is disabled", "404")
    )


def _note_templates(
    check: Check, client: Elasticsearch, prefix: str, templates: Sequence[Template]
) -> None:
    what = "index templates are there"
    missing: list[str] = []
    try:
        for template in templates:
            with port_errors():
                name = f"{prefix}-{template.kind}"
                if version_of(client, name) < template.version:
                    missing.append(name)
    except PortError as error:
        check.bad(what, str(error))
        return
    if missing:
        hint = "they are put before the first document, or by the set-up"
        check.unprepared(what, f"missing or old: {', '.join(missing)}", hint)
    else:
        check.good(what)
