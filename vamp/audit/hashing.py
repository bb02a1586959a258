"""The hash of an entry, and the links of the chain. Pure.

An entry's digest is SHA-256 over a canonical JSON of all that it says, made as it is written. No
nonce goes in: a digest is shown only with its entry, and of an entry that was forgotten nothing is
kept but a link over thousands of others, so there is nothing to guess from. A link is SHA-256 over
the link before, the place in the chain, the row's id and the digest: it fixes all four.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = 1
"""Raised when the canonical form changes; older digests are read by the form that they name."""

GENESIS = "0" * 64
"""Stands before the first link."""

_MOST_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says: everything that its digest covers.

    Attributes:
        at: aware; all others as in `vamp.models.AuditEntry`.
    """

    at: datetime
    organisation: str
    environment: str
    actor: str
    token: str
    verb: str
    kind: str
    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    source_address: str | None
    request_id: str


def canonical(content: Content) -> bytes:
    """Return `content` as the one JSON text that everybody makes of it, in UTF-8.

    Keys are sorted, nothing stands between tokens, times are UTC to the microsecond, and a whole
    number reads the same whether a database gave it back as ``1`` or ``1.0``.
    """
    fields = [
        content.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        content.organisation,
        content.environment,
        content.actor,
        content.token,
        content.verb,
        content.kind,
        content.name,
        _plain(content.before),
        _plain(content.after),
        content.source_address,
        content.request_id,
    ]
    text = json.dumps([VERSION, *fields], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Half of a surrogate pair is no text, but JSON can hold it: it must not stop a change.
    return text.encode("utf-8", "surrogatepass")


def digest(content: Content) -> str:
    """Return ``<version>:<SHA-256 of the canonical form, hexadecimal>``."""
    return f"{VERSION}:{hashlib.sha256(canonical(content)).hexdigest()}"


def link(before: str, *, position: int, entry: int, digest: str) -> str:
    """Return the link of an entry, hexadecimal.

    Args:
        before: link of the position before, or `GENESIS`.
        position: of the entry in the chain, from 1.
        entry: id of its row.
        digest: of its content.
    """
    text = f"vamp-audit-link-{VERSION}\n{before}\n{position}\n{entry}\n{digest}"
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return JSON in which numbers have one form."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST_EXACT:
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
