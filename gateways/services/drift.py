"""What the key-value store has lost of what was published: found, and published anew.

A store that was restored from a copy, or replaced by an empty one, has older parts than the rows
say, or none; rows alone do not tell that. Agents serve on meanwhile.
"""

from __future__ import annotations

import logging

from gateways.haproxy.manifest import Manifest, manifest_key
from gateways.models import Gateway
from gateways.services.publication import ACTOR, BATCH, republish_manifest, request_publication
from tenants.connections import kv_for
from tenants.models import Environment
from vamp.ports.kv import KeyValueStore

log = logging.getLogger("gateways.publication")


def mend_drift(environment: Environment, kv: KeyValueStore | None = None) -> int:
    """Have published anew what the store has no more, or has older than it was published.

    Where the manifest itself is gone everything is published at once; else each gateway that was
    lost gets a new generation, and goes its usual way. Idempotent.

    Args:
        environment: whose gateways.
        kv: the environment's store; opened where it is not given.

    Returns:
        How many gateways were lost. Cost: one query and one read where there are none.

    Raises:
        PortError: the store failed; a repeat is safe.
        ValueError: the manifest cannot be read.
    """
    kv = kv or kv_for(environment)
    # Before the manifest is read: what is published meanwhile is in it.
    present = Gateway.objects.in_environment(environment).present().exclude(published_generation=0)
    published = dict(present.values_list("name", "published_generation"))
    if not published:
        return 0
    held = kv.get(manifest_key(environment.organisation.name, environment.name))
    if held is None:
        republish_manifest(environment, kv)
        return len(published)
    entries = Manifest.from_json(held.value).entries
    lost = [
        name
        for name, generation in published.items()
        if name not in entries or entries[name].generation < generation
    ]
    for begun in range(0, len(lost), BATCH):
        for gateway in present.filter(name__in=lost[begun : begun + BATCH]):
            gateway.environment = environment
            request_publication(gateway, actor=ACTOR)
    if lost:
        log.warning("manifest.was_older", extra={**environment.names, "gateways": len(lost)})
    return len(lost)
