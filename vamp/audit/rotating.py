"""Turning over the key that signs the chain, and dropping old ones that nothing needs.

A new key signs from now on; of the old one only the public half stays, so everything that it signed
verifies as before. The head of each chain is signed anew at once: a process that still has the old
key finds a head by a key that it does not know, and reads the keys again. To drop an old key, what
it signed is signed anew, once it was verified as a whole. Then its signatures are worth nothing,
which is the point where it has leaked.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from vamp.audit.recording import record
from vamp.audit.signing import FRESH_S, KEYS, Keys, rotation_statement
from vamp.databases import DEFAULT
from vamp.models.audit import AuditCheckpoint, AuditGap
from vamp.ports.kv import Entry, KeyValueStore
from vamp.rewriting import rewrite

ROTATED = "audit.key_rotated"
DROPPED = "audit.key_dropped"
MOST_ATTEMPTS = 20
SETTLED_AFTER_S = 2 * FRESH_S
"""Old keys are dropped only so long after the newest was made: by then every process signs with it."""

Change: TypeAlias = Callable[[Keys], Keys]


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A key, as people may see it.

    Attributes:
        id: of the key; public: its public half, base64.
        is_current: it signs.
        checkpoints, gaps: how many statements in the databases bear its signature.
    """

    id: str
    public: str
    is_current: bool
    checkpoints: int
    gaps: int


def rotate(kv: KeyValueStore, *, actor: str, reason: str = "") -> Keys:
    """Make a new key, which signs from now on, and leave an entry that both keys signed.

    The entry is of the installation, in the default database. Call `vamp.audit.resigning.sign_head_anew`
    for each database afterwards. Killed in between, it can be run again: that makes one more key.

    Args:
        kv: the installation's store.
        actor: who does it.
        reason: told in the trail.

    Returns:
        The keys as they are now.

    Raises:
        PortError: the store does not answer; nothing was changed.
        KeysUnreadable: it holds no keys of ours.
    """
    made_at = timezone.now().isoformat(timespec="seconds")
    new = Keys.new()
    before, after = _write(kv, lambda held: held.turned(new, made_at))
    statement = rotation_statement(before.public(), after.public(), made_at)
    with transaction.atomic(using=DEFAULT):
        record(
            actor, ROTATED, "audit", "installation", using=DEFAULT, organisation="",
            before={"key_id": before.current, "public": before.public()},
            after={
                "key_id": after.current,
                "public": after.public(),
                "made_at": made_at,
                "reason": reason,
                "signed_by_old": before.sign(statement),
                "signed_by_new": after.sign(statement),
            },
        )  # fmt: skip
    return after


def is_rotation_signed(before: dict[str, str], after: dict[str, str]) -> bool:
    """Tell whether both keys signed a rotation, of which `before` and `after` are the entry's. Pure.

    Whoever trusts the public half of one key comes to trust the next by it.
    """
    statement = rotation_statement(before["public"], after["public"], after["made_at"])
    return all(
        _of_public(key["key_id"], key["public"]).has_signed(
            statement, key_id=key["key_id"], signature=after[by]
        )
        for key, by in ((before, "signed_by_old"), (after, "signed_by_new"))
    )


def unsettled_s(keys: Keys, now: datetime) -> float:
    """Return for how many seconds a process may still sign with a key before the current one."""
    if not keys.made_at:
        return 0.0
    age_s = (now - datetime.fromisoformat(keys.made_at)).total_seconds()
    return max(0.0, SETTLED_AFTER_S - age_s)


def drop_retired(kv: KeyValueStore, databases: Sequence[str], *, actor: str) -> list[str]:
    """Forget the old keys; their signatures are not ours any more.

    Call it once every chain is whole, and `vamp.audit.resigning.sign_anew` and `anchoring.sign_anew`
    went over every database.

    Returns:
        The ids of those that were dropped; one that still stands under something of ours stays.

    Raises:
        PortError: the store does not answer; a repeat is safe.
    """
    held = Keys.from_json(_text(kv))
    needed = {key.id for key in keys_in_use(held, databases) if key.checkpoints or key.gaps}
    dropped = sorted(held.retired.keys() - needed)
    if not dropped:
        return []
    _write(kv, lambda found: found.without_retired(dropped))
    with transaction.atomic(using=DEFAULT):
        record(
            actor, DROPPED, "audit", "installation", using=DEFAULT, organisation="",
            before={"key_ids": dropped}, after={"key_id": held.current},
        )  # fmt: skip
    return dropped


def keys_in_use(keys: Keys, databases: Sequence[str]) -> list[KeyInUse]:
    """Return every key, the current one first, and what it stands under. Two queries a database."""
    counts = [
        _counted(model, database) for database in databases for model in (AuditCheckpoint, AuditGap)
    ]
    names = [keys.current, *sorted({*keys.private, *keys.retired} - {keys.current})]
    return [
        KeyInUse(
            name,
            keys.public(name),
            name == keys.current,
            sum(found.get(name, 0) for found in counts[::2]),
            sum(found.get(name, 0) for found in counts[1::2]),
        )
        for name in names
    ]


def _counted(model: type[AuditCheckpoint | AuditGap], database: str) -> dict[str, int]:
    rows = model.objects.using(database).order_by().values_list("key_id")
    return dict(rows.annotate(count=Count("pk")))


def _of_public(key_id: str, public: str) -> Keys:
    return Keys("", {}, {key_id: base64.b64decode(public)})


def _text(kv: KeyValueStore) -> str:
    entry = kv.get(KEYS)
    return entry.value if entry else ""


def _write(kv: KeyValueStore, change: Change) -> tuple[Keys, Keys]:
    """Change the keys by check-and-set; return those before and after."""
    keys: list[Keys] = []

    def changed(entry: Entry | None) -> str:
        before = Keys.from_json(entry.value if entry else "")
        keys[:] = before, change(before)
        return keys[-1].to_json()

    rewrite(kv, KEYS, changed, most_attempts=MOST_ATTEMPTS)
    before, after = keys
    return before, after
