"""Looking at the embedded key-value store: its folder, its disk, and whether our key opens it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from vamp.drivers.kv.round_trip import check_round_trip
from vamp.ports.checks import Check, Checked
from vamp.ports.kv import KeyValueStore

SYSTEM = "encrypted folder"
LEAST_FREE_BYTES = 64 * 1024 * 1024


def check_folder_store(root: Path, store: KeyValueStore, place: str) -> Checked:
    """Look at the store in the folder `root`; see the port. A folder that is not there stays so."""
    check = Check(SYSTEM, version="format 1")
    if not root.exists():
        _note_missing(check, root)
        return check.done()
    check_round_trip(check, store, place)
    if check.is_well:
        _note_space(check, root)
    return check.done()


def _note_missing(check: Check, root: Path) -> None:
    parent = next(folder for folder in root.parents if folder.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        hint = "it is made by the first write, or by the set-up"
        check.unprepared("the folder is there", f"{root} is not there yet", hint)
        return
    hint = f"make it, and give it to the user that Vamp runs as; {parent} is not ours to write"
    check.bad("the folder is there", f"{root} is not there and cannot be made", hint)


def _note_space(check: Check, root: Path) -> None:
    free = shutil.disk_usage(root).free
    if free < LEAST_FREE_BYTES:
        check.bad("room on the disk", f"only {free >> 20} MiB are free", "make room on that disk")
    else:
        check.good("room on the disk", f"{free >> 20:,} MiB are free")
