"""The anchor: where each chain ended lately, kept where SQL does not reach.

Whoever can write SQL could put back an older head, with its good signature, and remove what came
after it. The key-value store remembers a later one. The anchor moves on only along the chain that
it is part of: where it is not, it stays, and a verification finds what is missing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from vamp.audit.signing import Keys, KeysUnreadable, checkpoint_statement
from vamp.models.audit import AuditCheckpoint, AuditEntry, AuditGap
from vamp.ports.errors import RevisionConflict
from vamp.ports.kv import KeyValueStore

_UNFIT = re.compile(r"[^a-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signed checkpoint outside of SQL."""

    position: int
    link: str
    at: datetime
    key_id: str
    signature: str

    def is_signed(self, database: str, keys: Keys) -> bool:
        """Tell whether it is one of ours."""
        statement = checkpoint_statement(database, self.position, self.link, self.at)
        return keys.has_signed(statement, key_id=self.key_id, signature=self.signature)

    def to_json(self) -> str:
        """Return what lies in the store."""
        return json.dumps(
            {
                "position": self.position,
                "link": self.link,
                "at": int(self.at.timestamp()),
                "key_id": self.key_id,
                "signature": self.signature,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Anchor:
        """Read what lies in the store.

        Raises:
            KeysUnreadable: it is none of ours.
        """
        try:
            found = json.loads(text)
            return cls(
                int(found["position"]),
                str(found["link"]),
                datetime.fromtimestamp(int(found["at"]), UTC),
                str(found["key_id"]),
                str(found["signature"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise KeysUnreadable("an anchor of the audit trail cannot be read") from error


def key_of(database: str) -> str:
    """Return where the anchor of `database` lies."""
    return f"_/audit/anchors/{_UNFIT.sub('-', database.lower())}"


def read(kv: KeyValueStore, database: str) -> Anchor | None:
    """Return the anchor of `database`; None where none was cast yet.

    Raises:
        PortError: the store does not answer.
        KeysUnreadable: what lies there is not ours.
    """
    entry = kv.get(key_of(database))
    return Anchor.from_json(entry.value) if entry else None


def cast(kv: KeyValueStore, database: str, *, is_forced: bool = False) -> bool:
    """Move the anchor of `database` to the head of its chain. Cost: a read, and a write if it moved.

    Args:
        kv: the installation's store.
        database: alias.
        is_forced: also where the chain is not the one that it was cast on.

    Returns:
        False where it stays, because the chain does not lead there from it.

    Raises:
        PortError: the store does not answer; the next call does it.
        KeysUnreadable: what lies there is not ours.
    """
    head = AuditCheckpoint.objects.using(database).order_by("-position").first()
    entry = kv.get(key_of(database))
    held = Anchor.from_json(entry.value) if entry and not is_forced else None
    if head is None:
        return held is None
    if held is not None:
        if held.position > head.position or not _is_on_chain(database, held):
            return False
        if held.position == head.position:
            return True
    anchor = Anchor(head.position, head.link, head.at, head.key_id, head.signature)
    try:
        kv.put(key_of(database), anchor.to_json(), expected=entry.revision if entry else 0)
    except RevisionConflict:  # a rival has just moved it
        return True
    return True


def sign_anew(kv: KeyValueStore, database: str, keys: Keys) -> bool:
    """Sign the anchor with the current key where an old one of ours signed it; it does not move.

    Returns:
        False where it is not signed by us: it stays, for a verification to find.

    Raises:
        PortError: the store does not answer, or a rival moves it meanwhile; a repeat is safe.
        KeysUnreadable: what lies there is not ours.
    """
    entry = kv.get(key_of(database))
    if entry is None:
        return True
    held = Anchor.from_json(entry.value)
    if held.key_id == keys.current:
        return True
    if not held.is_signed(database, keys):
        return False
    statement = checkpoint_statement(database, held.position, held.link, held.at)
    anchor = replace(held, key_id=keys.current, signature=keys.sign(statement))
    kv.put(key_of(database), anchor.to_json(), expected=entry.revision)
    return True


def _is_on_chain(database: str, anchor: Anchor) -> bool:
    """Tell whether the chain still passes the anchor; what retention forgot counts as passed."""
    row = AuditEntry.objects.using(database).filter(position=anchor.position).first()
    if row is not None:
        return row.link == anchor.link
    gaps = AuditGap.objects.using(database)
    gap = gaps.filter(first__lte=anchor.position, last__gte=anchor.position).first()
    return gap is not None and (gap.last != anchor.position or gap.after == anchor.link)
