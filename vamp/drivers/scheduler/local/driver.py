"""The embedded scheduler's driver: reads what the supervisor tells, writes down what is wished."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vamp.drivers.scheduler.local import logs
from vamp.drivers.scheduler.local.check import check_folder
from vamp.drivers.scheduler.local.status import (
    STATUS,
    SUPERVISOR_LOCK,
    Status,
    VersionStatus,
    read_status,
)
from vamp.drivers.scheduler.local.wishes import Scale, wish_restart, wish_scale
from vamp.drivers.watching import FolderWatch
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.checks import Checked
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.scheduler import Snapshot

_LOOK_FOR_SUPERVISOR_S = 1.0


class LocalScheduler:
    """Implements `vamp.ports.scheduler.Scheduler` on the files of one folder.

    The supervisor of that folder must run for all but `logs`. Safe between threads and processes.

    Args:
        folder: holds ``services.yaml``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def from_dsn(cls, dsn: Dsn) -> LocalScheduler:
        """Open the folder at ``local:/path``.

        Raises:
            Invalid: the URL names no folder.
        """
        if dsn.host or not dsn.path:
            fault = Fault("", "not the URL of a folder", "write local:/path/to/folder")
            raise Invalid(faults=[fault])
        return cls(Path(dsn.path))

    def snapshot(self) -> Snapshot:
        """See the port. Cost: one file is read."""
        return self._status().snapshot()

    def watch(self, cursor: str, *, timeout_s: float) -> Iterator[Snapshot]:
        """See the port. A change is told within about 10 ms."""
        until = time.monotonic() + timeout_s
        with FolderWatch(self._folder, STATUS.__eq__) as watch:
            while True:
                found = self.snapshot()
                if found.cursor != cursor:
                    cursor = found.cursor
                    yield found
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return
                watch.wait(min(left_s, _LOOK_FOR_SUPERVISOR_S))

    def scale(self, service: str, version: str, instances: int) -> None:
        """See the port. The wish ends when the definition's own number is edited."""
        if instances < 0:
            raise PortRefused("fewer than no instances cannot run")
        defined = self._version(service, version).defined
        with _port_errors():
            wish_scale(self._folder, service, version, Scale(instances, defined))

    def restart(self, service: str, version: str) -> None:
        """See the port. One instance more than wanted runs meanwhile."""
        self._version(service, version)
        with _port_errors():
            wish_restart(self._folder, service, version)

    def logs(self, uid: str, *, lines: int) -> Sequence[str]:
        """See the port. Logs of instances that ended lately are still there."""
        if not uid or "/" in uid or "\0" in uid:
            raise PortRefused(f"there is no instance {uid!r}")
        try:
            return logs.last_lines(self._folder, uid, lines=lines)
        except FileNotFoundError:
            raise PortRefused(f"there is no instance {uid}") from None
        except OSError as error:
            raise PortUnavailable(f"the log cannot be read: {error}") from error

    def check(self) -> Checked:
        """See the port."""
        return check_folder(self._folder, self._status)

    def definition_faults(self) -> Sequence[str]:
        """Return what is wrong with ``services.yaml``; what ran before it was broken runs on.

        Raises:
            PortUnavailable: the supervisor does not run.
        """
        return self._status().faults

    def _version(self, service: str, version: str) -> VersionStatus:
        for found in self._status().versions:
            if (found.service, found.version) == (service, version):
                return found
        raise PortRefused(f"there is no version {version} of a service {service}")

    def _status(self) -> Status:
        with _port_errors():
            status = read_status(self._folder) if self._is_supervised() else None
        if status is None:
            raise PortUnavailable(
                f"no supervisor runs for {self._folder}; start one with"
                f" python -m vamp.drivers.scheduler.local.supervisor {self._folder}"
            )
        return status

    def _is_supervised(self) -> bool:
        try:
            descriptor = os.open(self._folder / SUPERVISOR_LOCK, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(descriptor)


@contextmanager
def _port_errors() -> Iterator[None]:
    """Turn what the file system says into the errors of the port."""
    try:
        yield
    except PermissionError as error:
        raise PortRefused(f"the scheduler's folder is not ours to use: {error}") from error
    except OSError as error:
        raise PortUnavailable(f"the scheduler's folder does not work: {error}") from error
