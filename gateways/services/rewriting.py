"""Changing an entry of the key-value store that others change as well."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from prometheus_client import Counter

from gateways.services.part_memory import PartMemory
from vamp.ports.errors import RevisionConflict
from vamp.ports.kv import Entry, KeyValueStore

MOST_ATTEMPTS = 50
JITTER_S = (0.005, 0.050)
"""Many gateways share the manifest; whoever loses reads again after this long, at random."""

CONFLICTS = Counter("vamp_publication_conflicts", "Manifests that a rival wrote first.")


def rewrite(
    memory: PartMemory, kv: KeyValueStore, key: str, make: Callable[[Entry | None], str | None]
) -> bool:
    """Bring an entry up to date by read, change, check-and-set, until it holds.

    What this process wrote last is not read first: a read less. Whether nothing is to be written,
    only the store itself can tell, for it may have lost that since.

    Args:
        memory: of what this process wrote.
        kv: the store.
        key: of the entry.
        make: from what is there to the new text; None where it says all that already.

    Returns:
        Whether it was written.

    Raises:
        PortError: the store failed.
        RevisionConflict: rivals were faster each time.
    """
    held = memory.held(kv, key)
    text = make(held)
    # That others wrote since is no race that was lost: nothing was read for it.
    if text is not None and _put(memory, kv, key, text, held) is None:
        return True
    for attempt in range(1, MOST_ATTEMPTS + 1):
        held = kv.get(key)
        text = make(held)
        if text is None:
            return False
        conflict = _put(memory, kv, key, text, held)
        if conflict is None:
            return True
        CONFLICTS.inc()
        if attempt == MOST_ATTEMPTS:
            raise conflict
        time.sleep(random.uniform(*JITTER_S))  # noqa: S311 jitter, not a secret
    return False


def _put(
    memory: PartMemory, kv: KeyValueStore, key: str, text: str, held: Entry | None
) -> RevisionConflict | None:
    """Write, and return why that was not done where somebody else wrote first."""
    try:
        memory.put(kv, key, text, held)
    except RevisionConflict as conflict:
        return conflict
    return None
