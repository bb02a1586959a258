"""Changing an entry of the key-value store that others change as well."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeAlias

from vamp.ports.errors import RevisionConflict
from vamp.ports.kv import Entry, KeyValueStore

JITTER_S = (0.005, 0.050)
"""Many may share an entry; whoever loses reads again after this long, at random."""

Make: TypeAlias = Callable[[Entry | None], str | None]
"""From what is there to the new text; None where it says all that already."""

Put: TypeAlias = Callable[[str, Entry | None], object]
"""Writes a text over what was read, by check-and-set."""


def rewrite(
    kv: KeyValueStore,
    key: str,
    make: Make,
    *,
    most_attempts: int,
    put: Put | None = None,
    on_conflict: Callable[[], object] = lambda: None,
) -> bool:
    """Bring an entry up to date by read, change, check-and-set, until it holds.

    Args:
        kv: the store.
        key: of the entry.
        make: is asked again where a rival wrote.
        most_attempts: after so many the last conflict is raised.
        put: writes; into `kv` unless another is given.
        on_conflict: told of each rival that was faster.

    Returns:
        Whether it was written.

    Raises:
        PortError: the store failed; nothing was changed.
        RevisionConflict: rivals were faster each time.
    """

    def put_here(text: str, held: Entry | None) -> object:
        return kv.put(key, text, expected=held.revision if held else 0)

    write = put or put_here
    for attempt in range(1, most_attempts + 1):
        held = kv.get(key)
        text = make(held)
        if text is None:
            return False
        try:
            write(text, held)
        except RevisionConflict:
            on_conflict()
            if attempt == most_attempts:
                raise
            time.sleep(random.uniform(*JITTER_S))  # noqa: S311 jitter, not a secret
        else:
            return True
    return False
