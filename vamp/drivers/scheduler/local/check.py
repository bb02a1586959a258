"""Looking at the embedded scheduler: its folder, its definition, its supervisor."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from vamp.drivers.scheduler.local.definition import DEFINITION
from vamp.drivers.scheduler.local.status import Status
from vamp.ports.checks import Check, Checked

SYSTEM = "processes of this machine"


def check_folder(folder: Path, read: Callable[[], Status]) -> Checked:
    """Look at the scheduler of `folder`; see the port.

    Args:
        folder: holds ``services.yaml``.
        read: returns what the supervisor tells, raises an error of the port where none runs.
    """
    check = Check(SYSTEM)
    if not folder.is_dir():
        hint = f"run the set-up, or mkdir -p {folder}"
        check.unprepared("the folder is there", f"{folder} is not there yet", hint)
        return check.done()
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        hint = "give it to the user that Vamp runs as"
        check.bad("the folder is ours", f"{folder} is not ours to read and write", hint)
        return check.done()
    check.good("the folder is there")
    status = check.asks("a supervisor runs", read, is_timed=True)
    if status is not None:
        _note_definition(check, folder, status)
    return check.done()


def _note_definition(check: Check, folder: Path, status: Status) -> None:
    what = f"{DEFINITION} is read"
    if not (folder / DEFINITION).exists():
        check.good(what, f"there is none in {folder} yet: nothing runs")
    elif status.faults:
        hint = "mend it; what ran before goes on meanwhile"
        check.bad(what, "; ".join(status.faults)[:500], hint)
    else:
        check.good(what, f"{len(status.instances)} instances run")
