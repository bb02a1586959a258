"""Looking at the embedded broker: its folder, and how much waits in it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from vamp.dsn import Dsn
from vamp.ports.checks import Check, Checked
from vamp.ports.errors import PortRefused, PortUnavailable

SYSTEM = "folder of queues"
MOST_WAITING = 10_000
"""Beyond so many messages, workers do not keep up, or none runs."""


class FolderBroker:
    """The broker of ``filesystem:///folder``."""

    def __init__(self, dsn: Dsn) -> None:
        self._folder = Path(dsn.path) / "queue"

    def check(self) -> Checked:
        """Look at it; leaves nothing behind. Never raises."""
        check = Check(SYSTEM)
        if not self._folder.is_dir():
            hint = "it is made by the first process of Vamp that starts: python manage.py up"
            check.unprepared("the folder is there", f"{self._folder} is not there yet", hint)
            return check.done()
        hint = "give the folder to the user that Vamp runs as"
        if check.asks("may write and read", self._round_trip, hint=hint, is_timed=True) is not None:
            self._note_waiting(check)
        return check.done()

    def _round_trip(self) -> bool:
        path, value = self._folder / f".check-{secrets.token_hex(8)}", secrets.token_hex(8)
        try:
            path.write_text(value)
            is_same = path.read_text() == value
            path.unlink()
        except PermissionError as error:
            raise PortRefused(f"the broker's folder is not ours to use: {error}") from error
        except OSError as error:
            raise PortUnavailable(f"the broker's folder does not work: {error}") from error
        return is_same

    def _note_waiting(self, check: Check) -> None:
        waiting = sum(not entry.name.startswith(".") for entry in os.scandir(self._folder))
        if waiting > MOST_WAITING:
            hint = "see that workers run: python manage.py lift status"
            check.bad("workers keep up", _waiting(waiting), hint)
        else:
            check.good("workers keep up", _waiting(waiting))


def _waiting(count: int) -> str:
    return "1 message waits" if count == 1 else f"{count:,} messages wait"
