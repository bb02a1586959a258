"""Which keys and values a key-value store takes; the same for every driver."""

from __future__ import annotations

import re

from vamp.ports.errors import PortRefused
from vamp.ports.kv import MAX_VALUE_BYTES

MAX_KEY_LENGTH = 512
MAX_SEGMENT_LENGTH = 120
"""The embedded store makes one file name of two segments, and file systems stop at 255 bytes."""

ORGANISATION_OWN = "organisation"
"""Second segment of what is the organisation's own and no environment's."""

# A segment of dots only would climb out of the store's folder.
_SEGMENT = re.compile(r"(?=[^/]*[a-z0-9_-])[a-z0-9._-]+")


def segments(key: str) -> tuple[str, ...]:
    """Return the segments of a whole key: at least organisation and one more.

    Raises:
        PortRefused: it breaks the rules of `vamp.ports.kv.KeyValueStore`.
    """
    found = prefix_segments(key)
    if len(found) < 2 or key.endswith("/"):
        raise PortRefused(f"not a key: {key!r}; it needs organisation/environment/…")
    return found


def prefix_segments(prefix: str) -> tuple[str, ...]:
    """Return the segments of a prefix, none for the empty one; one slash at its end is allowed.

    Raises:
        PortRefused: it breaks the rules of `vamp.ports.kv.KeyValueStore`.
    """
    if not prefix:
        return ()
    found = tuple(prefix.removesuffix("/").split("/"))
    if len(prefix) > MAX_KEY_LENGTH:
        raise PortRefused(f"not a key: longer than {MAX_KEY_LENGTH} characters")
    for segment in found:
        if len(segment) > MAX_SEGMENT_LENGTH or not _SEGMENT.fullmatch(segment):
            raise PortRefused(
                f"not a key: {prefix!r}; segments are 1 to {MAX_SEGMENT_LENGTH} lower-case letters,"
                " digits, '-', '_' and '.', parted by '/'"
            )
    return found


def namespace(found: tuple[str, ...]) -> str:
    """Return the namespace that segments lie in: ``acme/production``, or ``acme`` for its own."""
    return found[0] if found[1] == ORGANISATION_OWN else f"{found[0]}/{found[1]}"


def value_bytes(value: str) -> bytes:
    """Return `value` as it is stored.

    Raises:
        PortRefused: it is not text, or longer than `MAX_VALUE_BYTES`.
    """
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise PortRefused("not a value: it holds half of a surrogate pair") from None
    if len(encoded) > MAX_VALUE_BYTES:
        raise PortRefused(f"not a value: {len(encoded)} bytes, the limit is {MAX_VALUE_BYTES}")
    return encoded
