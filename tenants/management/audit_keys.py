"""Turning over the key of the trail from a terminal, and listing the keys that there are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict

from django.core.management.base import CommandError
from django.utils import timezone
from rich.console import Console

from tenants.management.audit_report import show
from tenants.management.audit_walk import verdicts_of
from vamp.audit import anchoring, signing
from vamp.audit.resigning import sign_anew, sign_head_anew
from vamp.audit.rotating import drop_retired, keys_in_use, rotate, unsettled_s
from vamp.audit.signing import Keys, ring
from vamp.databases import aliases, looked_up
from vamp.terminal import person

Tell = Callable[[str], object]


def turn_over(tell: Tell, *, reason: str) -> None:
    """Make a new key and sign every head with it.

    Raises:
        PortError: the key-value store does not answer.
    """
    _fresh()
    keys = rotate(signing.store(), actor=person(), reason=reason)
    ring.forget()
    left = [database for database in looked_up() if not sign_head_anew(database, keys)]
    tell(f"new key {keys.current}; public half {keys.public()}")
    tell("every process signs with it from now on; what older keys signed stays verifiable")
    if left:
        raise CommandError(
            f"not signed by us, and left as it is: the head of {', '.join(left)}; run audit verify"
        )


def drop(console: Console, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Sign anew what old keys signed, once all of it is whole, and forget those keys.

    Raises:
        CommandError: something is not whole, or could not be checked; nothing was dropped.
        PortError: the key-value store does not answer; a repeat is safe.
    """
    keys = _fresh()
    if not keys.retired:
        console.print("there is no old key")
        return
    if (wait_s := unsettled_s(keys, timezone.now())) > 0:
        console.print(f"waiting {wait_s:.0f} s, until every process signs with the new key")
        sleep(wait_s)
    looked_up()  # one that is left out would keep signatures of a key that is gone
    verdicts, failures = verdicts_of(aliases(), keys)
    if failures or not all(verdict.is_whole for verdict in verdicts):
        show(console, verdicts, failures, timezone.now())
        raise CommandError("no key is dropped while something is not whole, or not checked")
    count = sum(sign_anew(database, keys) for database in aliases())
    for database in aliases():
        anchoring.sign_anew(signing.store(), database, keys)
    dropped = drop_retired(signing.store(), aliases(), actor=person())
    ring.forget()
    console.print(f"signed anew: {count}; old keys dropped: {', '.join(dropped) or 'none'}")


def list_keys(console: Console, *, as_json: bool) -> None:
    """Print every key's id and public half, and what it stands under."""
    found = keys_in_use(_fresh(), looked_up())
    if as_json:
        console.print_json(json.dumps({"keys": [asdict(key) for key in found]}))
        return
    for key in found:
        state = "signs" if key.is_current else "only verifies"
        # On one line, however narrow: a public half that is cut in two cannot be copied.
        console.print(
            f"{key.id}  {state}, under {key.checkpoints} checkpoints and {key.gaps} gaps;"
            f" public half {key.public}",
            soft_wrap=True,
        )


def _fresh() -> Keys:
    ring.forget()
    return ring.keys()
