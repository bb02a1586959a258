"""Moving what is published for an environment's gateways to another key-value store.

The subtree is copied and compared, then publication goes to the new store and is copied to the old
one, until whoever runs the agents has given them the new store's URL and key, and says so. The
namespace's own document, with its secrets, always lies in the installation's store.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from tenants.connections import connection_at, kv_at, url_of
from tenants.domain.namespace import namespace_key
from tenants.models import Environment
from tenants.services.moving.step import CannotGoOn, Course, NotYet, Road
from tenants.services.moving.switching import switch_url
from tenants.twins import bring_key
from vamp import wiring_of_agent_keys
from vamp.databases import DEFAULT
from vamp.ports.errors import PortRefused
from vamp.ports.kv import KeyValueStore

_PROBE = "storage-probe"


def published_keys(kv: KeyValueStore, names: tuple[str, str]) -> Sequence[str]:
    """Return the keys of an environment that move: all but its own document and agents' keys."""
    place = "/".join(names)
    return [
        key
        for key in kv.keys(place)
        if key not in (namespace_key(*names), f"{place}/{_PROBE}")
        and not key.startswith(f"{place}/agents/")
    ]


def _check(course: Course) -> None:
    """Write, read and delete in the new store, and make what opens it for the agents."""
    environment, move = course.environment, course.move
    source, kv = _stores(course)
    key = f"{'/'.join(course.names)}/{_PROBE}"
    try:
        kv.put(key, "written to see whether it can be")
        is_one = source.get(key) is not None
        kv.delete(key)
        if is_one:
            raise CannotGoOn("both URLs name the same store")
        found = connection_at(environment, "kv", move.target)
        organisation, name = course.names
        wiring_of_agent_keys.kv_agent_key(
            found.url, key=found.key, organisation=organisation, environment=name
        )
    except PortRefused as refusal:
        raise CannotGoOn(f"the new store refuses us: {refusal}") from refusal


def _copy(course: Course) -> None:
    source, target = _stores(course)
    for _ in range(_MOST_PASSES):
        if not _bring(course, source, target):
            return
        course.passing("copied")
    # What is published goes on changing: the rest is copied once publication goes to both.


_MOST_PASSES = 5


def _bring(course: Course, source: KeyValueStore, target: KeyValueStore) -> int:
    keys = sorted({*published_keys(source, course.names), *published_keys(target, course.names)})
    written = 0
    for number, key in enumerate(keys, start=1):
        course.hold.beat()
        written += bring_key(key, source, target)
        if number % 50 == 0 or number == len(keys):
            course.note(done=number, total=len(keys))
    return written


def _stores(course: Course) -> tuple[KeyValueStore, KeyValueStore]:
    environment, move = course.environment, course.move
    return kv_at(environment, move.source), kv_at(environment, move.target)


def _switch(course: Course) -> None:
    """Publish to the new store, and beside it to the old one."""
    old = url_of(course.environment, "kv", course.move.source)
    switch_url(course, "kv", old)


def _settle(course: Course) -> None:
    """Copy what processes published to the old store that had not heard yet.

    Keys that only differ are the new store's to say; what lies in the old one alone is taken over.
    A gateway published there by a late process is stale no more, so it is published anew.
    """
    course.passing("settling")
    if "settled" not in course.move.facts:
        course.note(settled=True)
        raise NotYet("")  # one round of the sweep: who read the row before has written by then
    source, target = _stores(course)
    for key in published_keys(source, course.names):
        course.hold.beat()
        if not key.endswith("/manifest") and _is_newer(source, target, key):
            bring_key(key, source, target)
    _keep(course)


def _is_newer(source: KeyValueStore, target: KeyValueStore, key: str) -> bool:
    here, there = source.get(key), target.get(key)
    return here is not None and there is None


def _keep(course: Course) -> None:
    """Make the old store what the new one is: for copies that failed."""
    source, target = _stores(course)
    _bring(course, target, source)


def _follow(course: Course) -> None:
    _keep(course)


def _clear(course: Course) -> None:
    """Take the old store out of use, then remove what lies there and what opened it for agents."""
    environment, move = course.environment, course.move
    with transaction.atomic(using=DEFAULT):
        course.hold.renew()
        Environment.objects.using(DEFAULT).filter(pk=environment.pk).update(kv_old_url="")
    source = kv_at(environment, move.source)
    for key in published_keys(source, course.names):
        course.hold.beat()
        source.delete(key)
        course.passing("removed")
    found = connection_at(environment, "kv", move.source)
    organisation, name = course.names
    wiring_of_agent_keys.revoke_kv_agent_key(
        found.url, key=found.key, organisation=organisation, environment=name
    )


def _undo(course: Course) -> None:
    target = kv_at(course.environment, course.move.target)
    for key in published_keys(target, course.names):
        course.hold.beat()
        target.delete(key)


ROAD = Road(
    steps={
        "check": _check,
        "copy": _copy,
        "switch": _switch,
        "settle": _settle,
        "follow": _follow,
        "clear": _clear,
    },
    undo=_undo,
    switched_by="switch",
    follows_from="follow",
    keep=_keep,
)
