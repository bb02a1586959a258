"""The loops of the audit trail: one seals, one carries what is sealed to the archives.

Both run in every ``consume`` process; for each database one process at a time holds the lease. The
sweep `vamp.keep_audit` does the same once, should no such process run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import connections
from prometheus_client import Counter, Gauge

from vamp import leases
from vamp.audit import anchoring, archiving, sealing, signing
from vamp.audit.archiving import Archiving
from vamp.audit.sealing import ChainBroken, seal
from vamp.audit.signing import KeysUnreadable, ring
from vamp.bells import committed
from vamp.contention import close_broken
from vamp.databases import aliases
from vamp.ports.errors import PortError
from vamp.processes.liveness import loops

log = logging.getLogger("vamp.audit")

LEASE_S = 10.0
RENEW_S = LEASE_S / 3
WAIT_S = 0.8
"""Without a ring the sealer looks by itself this often: an entry is sealed within a second."""

GATHER_S = 0.1
"""After a ring it waits for so long: what one person's change brings with it is one batch, and the
change's own way to live traffic is not crossed."""

ANCHOR_S = 60.0
ARCHIVE_S = 2.0
PAUSE_AFTER_ERROR_S = 1.0
SILENT_S = 120.0

SEALED = Counter("vamp_audit_sealed", "Audit entries linked into their chain.", ["database"])
BROKEN = Gauge("vamp_audit_broken", "1 where a chain is not what was signed.", ["database"])


class Holding:
    """The leases of one kind of work, one for each database. Used by one thread."""

    def __init__(self, lease: str) -> None:
        self._lease = lease
        self._renewed: dict[str, float] = {}

    def is_ours(self, database: str) -> bool:
        """Tell whether this process may do the work on `database`; takes or renews the lease."""
        now = time.monotonic()
        if now - self._renewed.get(database, float("-inf")) < RENEW_S:
            return True
        if leases.acquire(self._lease, using=database, seconds=LEASE_S) is None:
            self._renewed.pop(database, None)
            return False
        self._renewed[database] = now
        return True

    def release(self) -> None:
        """Give every lease back, so that another process need not wait."""
        for database in list(self._renewed):
            try:
                leases.release(self._lease, using=database)
            except Exception:
                log.debug("audit.not_released", exc_info=True)  # it falls free by itself
                close_broken()
        self._renewed.clear()


class Sealer:
    """Seals, and casts the anchor now and then.

    Args:
        clock_s: rising seconds.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._holding = Holding(sealing.LEASE)
        self._clock_s = clock_s
        self._cast: dict[str, float] = {}

    def seal_once(self) -> int:
        """Seal what is committed in every database that is ours; return how many entries.

        What goes wrong with one database is logged, tried again by the next call, and holds up no
        other.
        """
        return sum(self._seal(database) for database in aliases())

    def release(self) -> None:
        """Let another process go on at once."""
        self._holding.release()

    def _seal(self, database: str) -> int:
        try:
            if not self._holding.is_ours(database):
                return 0
            count = _sealed(database)
            BROKEN.labels(database).set(0)
            SEALED.labels(database).inc(count)
            self._anchor(database)
        except (PortError, KeysUnreadable) as error:
            log.warning("audit.no_keys", extra={"database": database, "error": str(error)})
        except ChainBroken as error:
            BROKEN.labels(database).set(1)
            told = {"database": database, "error": str(error)}
            log.error("audit.broken", extra=told)  # noqa: TRY400 it is no fault of the code
        except Exception:
            log.exception("audit.not_sealed", extra={"database": database})
            close_broken()
        else:
            return count
        return 0

    def _anchor(self, database: str) -> None:
        if self._clock_s() - self._cast.get(database, float("-inf")) < ANCHOR_S:
            return
        self._cast[database] = self._clock_s()
        try:
            if not anchoring.cast(signing.store(), database):
                log.error("audit.anchor_not_on_chain", extra={"database": database})
        except (PortError, KeysUnreadable) as error:
            log.warning("audit.not_anchored", extra={"database": database, "error": str(error)})


def _sealed(database: str) -> int:
    """Seal; where the head is by a key that this process has not heard of, read the keys anew."""
    keys = ring.keys()
    try:
        return seal(database, keys)
    except ChainBroken:
        ring.forget()
        if ring.keys() == keys:
            raise
        return seal(database, ring.keys())


class Carrier:
    """Carries sealed entries to their archives."""

    def __init__(self, archiving_: Archiving | None = None) -> None:
        self._holding = Holding(archiving.LEASE)
        self._archiving = archiving_ or Archiving()

    def carry_once(self, beat: Callable[[], None] = lambda: None) -> int:
        """Carry what is sealed in every database that is ours; return how many entries."""
        total = 0
        for database in aliases():
            beat()
            try:
                if self._holding.is_ours(database):
                    total += self._archiving.archive(database, beat)
            except Exception:
                log.exception("audit.not_carried", extra={"database": database})
                close_broken()
        return total

    def release(self) -> None:
        """Let another process go on at once."""
        self._holding.release()


def seal_loop(stop: threading.Event) -> None:
    """Seal until `stop` is set, woken by what is committed on this machine."""
    sealer = Sealer()
    with loops.watched("seal audit", within_s=SILENT_S) as watched:
        while not stop.is_set():
            try:
                with committed().listen() as ear:
                    while not stop.is_set():
                        watched.beat()
                        sealer.seal_once()
                        if ear.wait(WAIT_S):
                            stop.wait(GATHER_S)
            except Exception:
                log.exception("audit.loop_failed")  # the state folder may be away
                stop.wait(PAUSE_AFTER_ERROR_S)
    sealer.release()
    connections.close_all()


def carry_loop(stop: threading.Event) -> None:
    """Carry until `stop` is set."""
    carrier = Carrier()
    with loops.watched("archive audit", within_s=SILENT_S) as watched:
        while not stop.is_set():
            carrier.carry_once(watched.beat)
            stop.wait(ARCHIVE_S)
    carrier.release()
    connections.close_all()


def begin(stop: threading.Event) -> list[threading.Thread]:
    """Start both loops in threads of their own, and return those."""
    threads = [
        threading.Thread(target=loop, args=(stop,), name=loop.__name__, daemon=True)
        for loop in (seal_loop, carry_loop)
    ]
    for thread in threads:
        thread.start()
    return threads
