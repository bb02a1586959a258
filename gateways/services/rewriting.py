"""Changing an entry that this process mostly wrote last: a read less."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from prometheus_client import Counter

from gateways.services.part_memory import PartMemory
from vamp import rewriting
from vamp.ports.errors import RevisionConflict
from vamp.ports.kv import KeyValueStore
from vamp.rewriting import Make

MOST_ATTEMPTS = 50
"""Many gateways share the manifest."""

CONFLICTS = Counter("vamp_publication_conflicts", "Manifests that a rival wrote first.")


def rewrite(memory: PartMemory, kv: KeyValueStore, key: str, make: Make) -> bool:
    """Bring an entry up to date as `vamp.rewriting.rewrite` does, from what is remembered first.

    Whether nothing is to be written, only the store itself can tell: it may have lost since what
    this process wrote.

    Args:
        memory: of what this process wrote.
        kv: the store.
        key: of the entry.
        make: see there.

    Returns:
        Whether it was written.

    Raises:
        PortError: the store failed.
        RevisionConflict: rivals were faster each time.
    """
    held = memory.held(kv, key)
    text = make(held)
    if text is not None:
        # That others wrote since is no race that was lost: nothing was read for it.
        with suppress(RevisionConflict):
            memory.put(kv, key, text, held)
            return True
    return rewriting.rewrite(
        kv,
        key,
        make,
        most_attempts=MOST_ATTEMPTS,
        put=partial(memory.put, kv, key),
        on_conflict=CONFLICTS.inc,
    )
