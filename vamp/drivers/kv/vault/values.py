"""How a value lies in an entry of Vault: as it is, or packed where its escapes would burst the entry.

Vault keeps entries as JSON in which ``<``, ``>``, ``&`` and control characters take six bytes and
quotes two, and integrated storage takes 1 MiB of that. So that every value up to the port's limit
has room, one that would not is compressed. Programs of others that read our keys find plain text
in ``value`` in all but these cases.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from typing import Any

from vamp.ports.kv import MAX_VALUE_BYTES

ENTRY_BYTES = 1_048_576 - 16_384
"""Integrated storage's limit, less what encryption, the path and the version's own fields take."""

_PLAIN, _PACKED = "value", "value_zlib_base64"
_WORST_ESCAPE = 6
_SIX_BYTES = re.compile(rb"[<>&\x00-\x08\x0b\x0c\x0e-\x1f]|\xe2\x80[\xa8\xa9]")
_TWO_BYTES = re.compile(rb"[\"\\\n\r\t]")


def fields_of(value: str, encoded: bytes) -> dict[str, str]:
    """Return what to store.

    Args:
        value: the text.
        encoded: the same as UTF-8.
    """
    if _stored_size(encoded) <= ENTRY_BYTES:
        return {_PLAIN: value}
    return {_PACKED: base64.b64encode(zlib.compress(encoded, 6)).decode()}


def value_of(fields: Mapping[str, Any]) -> str | None:
    """Return what `fields_of` was given, or None where somebody else wrote something of his own."""
    plain, packed = fields.get(_PLAIN), fields.get(_PACKED)
    if isinstance(plain, str):
        return plain
    if not isinstance(packed, str):
        return None
    try:
        unpacking = zlib.decompressobj()
        value = unpacking.decompress(base64.b64decode(packed, validate=True), MAX_VALUE_BYTES)
        return value.decode() if unpacking.eof else None
    except (binascii.Error, zlib.error, ValueError):
        return None


def _stored_size(encoded: bytes) -> int:
    """Return the length of `encoded` as Vault writes it, or any that fits where it surely fits."""
    if len(encoded) * _WORST_ESCAPE <= ENTRY_BYTES:
        return len(encoded)
    six = len(_SIX_BYTES.findall(encoded))
    return len(encoded) + 5 * six + len(_TWO_BYTES.findall(encoded))
