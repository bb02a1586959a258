"""Publication: making the key-value store hold what the rows say.

The store is read before the rows, and written by check-and-set: of two publishers the one with the
older rows loses, whatever their order. No lock is held over the network.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from prometheus_client import Counter, Histogram

from gateways import events
from gateways.domain.layout import Layout
from gateways.haproxy.build import config_from
from gateways.haproxy.config import Endpoint
from gateways.haproxy.manifest import Manifest, ManifestEntry, manifest_key, part_key
from gateways.haproxy.part import digest
from gateways.haproxy.render import render_part
from gateways.models import Agent, Gateway
from gateways.services.hinting import hint
from gateways.services.part_memory import PartMemory
from gateways.services.part_rows import PartRows, present_rows, ready_endpoints, stale_rows
from gateways.services.rewriting import rewrite
from gateways.services.rows import document_from
from gateways.services.scope import Scope
from tenants.connections import kv_for
from tenants.models import Environment
from vamp.contention import repeated
from vamp.ports.errors import RevisionConflict
from vamp.ports.kv import Entry, KeyValueStore

log = logging.getLogger("gateways.publication")

ACTOR = "vamp:publication"
BATCH = 500
GIVE_WAY_S = 0.005
"""After agents were told of parts that they know where to find. What follows makes nothing live, and
takes processors and store from agents that are on the same machine, or wait for the same store."""

MOST_MANIFESTS = 100
"""Remembered for each store; that of 10,000 gateways is a megabyte."""


SECONDS = Histogram(
    "vamp_publication_seconds",
    "How long it took to publish a batch of gateways, in seconds.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
PUBLISHED = Counter("vamp_publications", "Gateways published or dropped.")


_parts = PartMemory()
_manifests = PartMemory(MOST_MANIFESTS)


@dataclass(frozen=True, slots=True)
class Published:
    """One gateway as it now lies in the store: its generation and the hash of its part."""

    name: str
    entry: ManifestEntry


def is_stale(environment: Environment) -> bool:
    """Tell whether anything of `environment` awaits publication. One query."""
    return Gateway.objects.in_environment(environment).stale().exists()


def publish_stale(
    environment: Environment, kv: KeyValueStore | None = None, *, first: Sequence[str] = ()
) -> int:
    """Publish every gateway whose part is older than its definition, and drop the removed ones.

    Safe to repeat, and safe for several processes at once.

    Args:
        environment: whose gateways.
        kv: the environment's store; opened where it is not given.
        first: names of gateways that are known to be stale, to be published before the others are
            looked for: one query less until they are live.

    Returns:
        How many gateways were published or dropped.

    Raises:
        PortError: the store failed or kept changing; gateways stay stale, and a repeat is safe.
    """
    kv = kv or kv_for(environment)
    total, last = 0, 0
    if first:
        total += _counted(environment, kv, first[:BATCH])
    while True:
        found = dict(
            Gateway.objects.in_environment(environment)
            .stale()
            .filter(pk__gt=last)
            .order_by("pk")
            .values_list("pk", "name")[:BATCH]
        )
        if not found:
            return total
        last = max(found)
        total += _counted(environment, kv, list(found.values()))


@repeated
def request_publication(gateway: Gateway, *, actor: str) -> Gateway:
    """Give the gateway a new generation, so that it is published and applied once more."""
    scope = Scope(gateway.environment, actor)
    with transaction.atomic(using=scope.database):
        rows = Gateway.objects.in_environment(scope.environment).filter(pk=gateway.pk)
        rows.update(generation=F("generation") + 1)
        gateway.refresh_from_db(fields=["generation"])
        scope.audit("gateway.republished", gateway.name)
        scope.emit(
            events.GATEWAY_CHANGED, {"gateway": gateway.name, "generation": gateway.generation}
        )
    return gateway


def republish_manifest(environment: Environment, kv: KeyValueStore | None = None) -> None:
    """Bring what the manifest says beside gateways (shared port, order of agents) up to date."""
    is_written, restored = _merge(environment, kv or kv_for(environment), (), ())
    if is_written:
        hint(environment, {})
    if restored:
        _note(environment, restored, {}, ())


def _counted(environment: Environment, kv: KeyValueStore, names: Sequence[str]) -> int:
    with SECONDS.time():
        count = _publish_at_last(environment, kv, names)
    PUBLISHED.inc(count)
    return count


def _publish_at_last(environment: Environment, kv: KeyValueStore, names: Sequence[str]) -> int:
    try:
        return _publish(environment, kv, names)
    except RevisionConflict:
        # A rival was faster, or the store lost what we remember of it: now it is read anew.
        _parts.forget(kv)
        return _publish(environment, kv, names)


def _publish(environment: Environment, kv: KeyValueStore, names: Sequence[str]) -> int:
    place = (environment.organisation.name, environment.name)
    held = {name: _parts.held(kv, part_key(*place, name)) for name in names}
    texts, generations, removed = _render(environment, names)
    if not (texts or removed):
        return 0  # somebody else was faster
    published = []
    for name, text in texts.items():
        before = held[name]
        if before is None or before.value != text:
            _parts.put(kv, part_key(*place, name), text, before)
        published.append(Published(name, ManifestEntry(generations[name], digest(text))))
    # Here and not by the event, which has the outbox and a relay before it; and before the manifest
    # is written, since who knows the gateway already needs its part alone.
    known = {each.name: each.entry for each in published if held[each.name] is not None}
    if known and hint(environment, known):
        time.sleep(GIVE_WAY_S)
    is_written, restored = _merge(environment, kv, published, removed)
    published += restored
    if is_written and (removed or len(known) < len(published)):
        hint(environment, {})
    for name in removed:
        kv.delete(part_key(*place, name))
    _note(environment, published, generations, removed)
    return len(published) + len(removed)


def _render(
    environment: Environment, names: Sequence[str]
) -> tuple[Mapping[str, str], Mapping[str, int], Sequence[str]]:
    """Return part by gateway, generation by gateway, and the names that are to be dropped."""
    rows = stale_rows(environment, names)
    texts = _texts(environment, [row for row in rows if not row.gateway.is_removed])
    removed = [row.gateway.name for row in rows if row.gateway.is_removed]
    return texts, {row.gateway.name: row.gateway.generation for row in rows}, removed


def _texts(environment: Environment, rows: Sequence[PartRows]) -> Mapping[str, str]:
    """Return part by gateway. One statement, for the instances."""
    services = {route.service for row in rows for route in row.routes if route.service}
    endpoints = ready_endpoints(environment, services)
    texts = {}
    for row in rows:
        try:
            texts[row.gateway.name] = _part(row, endpoints)
        except ValueError:
            # A row that got past the rules is a defect of ours; it must not hold up the others.
            log.exception("gateway.not_rendered", extra={"gateway": row.gateway.name})
    return texts


def _part(row: PartRows, endpoints: Mapping[tuple[str, str], tuple[Endpoint, ...]]) -> str:
    config = config_from(
        document_from(row.gateway, row.hosts, row.routes),
        generation=row.gateway.generation,
        layout=Layout.from_json(row.gateway.layout),
        endpoints=endpoints,
    )
    return render_part(config).to_json()


def _merge(
    environment: Environment,
    kv: KeyValueStore,
    published: Sequence[Published],
    removed: Sequence[str],
) -> tuple[bool, list[Published]]:
    """Bring the manifest up to date.

    Returns:
        Whether it was written; it was not if it said all this already. And what else was published
        with it, see `_restored`.
    """
    agents = tuple(Agent.objects.in_environment(environment).values_list("name", flat=True))
    shared_port = environment.shared_port or settings.VAMP.shared_port
    restored: list[Published] = []

    def wanted(held: Entry | None) -> str | None:
        if held is None and not restored:
            restored.extend(_restored(environment, kv, [each.name for each in published]))
        manifest = Manifest.from_json(held.value) if held else Manifest()
        entries = _merged(manifest.entries, [*published, *restored], removed)
        new = replace(manifest, entries=entries, agents=agents, shared_port=shared_port)
        return None if held is not None and new == manifest else new.to_json()

    key = manifest_key(environment.organisation.name, environment.name)
    return rewrite(_manifests, kv, key, wanted), restored


def _restored(
    environment: Environment, kv: KeyValueStore, published: Sequence[str]
) -> list[Published]:
    """Write the parts of all gateways but those `published`, where the store has no manifest.

    It is new, or was lost and replaced. A manifest of those alone that change now would take every
    other gateway off the agents, which serve what they had for as long as there is none. Cost: a
    read and a write a gateway.
    """
    place = (environment.organisation.name, environment.name)
    rows = Gateway.objects.in_environment(environment).present().exclude(name__in=published)
    names = list(rows.order_by("name").values_list("name", flat=True))
    found = []
    for begun in range(0, len(names), BATCH):
        present = present_rows(environment, names[begun : begun + BATCH])
        generations = {row.gateway.name: row.gateway.generation for row in present}
        for name, text in _texts(environment, present).items():
            key = part_key(*place, name)
            before = kv.get(key)
            if before is None or before.value != text:
                _parts.put(kv, key, text, before)
            found.append(Published(name, ManifestEntry(generations[name], digest(text))))
    if found:
        log.warning("manifest.made_anew", extra={**environment.names, "gateways": len(found)})
    return found


def _merged(
    entries: Mapping[str, ManifestEntry], published: Iterable[Published], removed: Iterable[str]
) -> Mapping[str, ManifestEntry]:
    merged = dict(entries)
    for each in published:
        if each.name not in merged or merged[each.name].generation <= each.entry.generation:
            merged[each.name] = each.entry
    for name in removed:
        merged.pop(name, None)
    return merged


@repeated
def _note(
    environment: Environment,
    published: Sequence[Published],
    generations: Mapping[str, int],
    removed: Sequence[str],
) -> None:
    now = timezone.now()
    scope = Scope(environment, ACTOR)
    rows = Gateway.objects.in_environment(environment)
    with transaction.atomic(using=scope.database):
        for each in published:
            generation = each.entry.generation
            rows.filter(name=each.name, published_generation__lt=generation).update(
                published_generation=generation, published_at=now
            )
        for name in removed:
            rows.filter(name=name, is_removed=True, generation=generations[name]).delete()
        scope.emit(
            events.GATEWAY_PUBLISHED,
            {
                "gateways": {each.name: each.entry.generation for each in published},
                "removed": list(removed),
            },
        )
