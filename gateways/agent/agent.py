"""The agent put together: who is made of what, in which order it starts and ends."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gateways.agent.api import AgentApi
from gateways.agent.apply import Applier
from gateways.agent.backoff import Backoff
from gateways.agent.control import Control
from gateways.agent.faults import Faults
from gateways.agent.fetch import Fetcher
from gateways.agent.health import HealthServer, Vitals
from gateways.agent.hearing import Hearing
from gateways.agent.keeping import line_keeping
from gateways.agent.losses import Losses
from gateways.agent.places import prepare
from gateways.agent.probing import Prober
from gateways.agent.receiver import LogReceiver
from gateways.agent.report import Identity, Reporter, Status
from gateways.agent.rollup import RollupBook, RollupSource
from gateways.agent.runtime import RuntimeUnavailable
from gateways.agent.served import Served
from gateways.agent.settings import Settings
from gateways.agent.ship import ApiRollups, RollupSink, Shipper
from gateways.agent.ship_lines import LineSink
from gateways.agent.spool import Spool
from gateways.agent.store import OwnFacts, Store
from gateways.agent.structure import StopWatch, Structure
from gateways.agent.supervise import HAProxy
from gateways.agent.telemetry import Telemetry
from gateways.haproxy.hint import hint_subject
from vamp.ports.clock import Clock
from vamp.ports.errors import PortError
from vamp.ports.hints import HintChannel
from vamp.ports.kv import KeyValueStore
from vamp.processes.liveness import Loops

SERVING_MS = 3_000
"""HAProxy counts as serving if its worker answered within this time."""

_SOFT_STOP_S = 30.0
SILENT_S = 120.0
"""A loop that has not gone round for so long is stuck; a reload of 10,000 gateways takes seconds."""

log = logging.getLogger("vga")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


class AlreadyRunning(Exception):
    """Another agent works in the same folder."""


class Agent:
    """One agent: `start` returns once every thread runs, `stop` once all is ended.

    Attributes:
        settings: what it was told.
        faults: what is wrong at present.
        health: its pages; `health.port` is where.
    """

    def __init__(
        self,
        settings: Settings,
        kv: KeyValueStore,
        *,
        hints: HintChannel | None = None,
        metrics: RollupSink | None = None,
        lines: LineSink | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take the folder and the ports; nothing is started.

        Args:
            settings: what it is told.
            kv: where configuration is published.
            hints: tells of what was published; None to watch the store for it.
            metrics: where rollups go; None for the agent API, if there is one.
            lines: where raw lines go; None for nowhere.
            clock: the machine's, unless a test has another.

        Raises:
            AlreadyRunning: the folder is another agent's.
            OSError: the folder or a port cannot be had.
        """
        clock = clock or SystemClock()
        self.settings = settings
        self._kv = kv
        self._clock = clock
        places = prepare(settings.state)
        self._lock = _take(places.lock)
        self._store = Store(places)
        self.faults = Faults(clock, on_change=self._wake_reporter)
        self.losses = Losses(clock)
        listening, facts = _own_facts(settings, self._store)
        self.haproxy = HAProxy(settings.haproxy, places)
        self.served = Served(self.haproxy, self._store, self.faults, facts, self._wake_reporter)
        boot = secrets.token_hex(4)
        span_ms = settings.rollup_span_s * 1000
        book = RollupBook(RollupSource(settings.name, boot, span_ms), lambda: self.served.labels)
        self._lines = line_keeping(settings, boot, lines, lambda: self.served.labels, self.faults)
        keep = self._lines.buffer.add if self._lines else None
        self.receiver = LogReceiver(listening, book.add, self.losses, _now_ms, keep)
        limit = settings.spool_limit_mb << 20
        has_sink = bool(settings.api_url) or metrics is not None
        self.spool = Spool(places.spool, limit_bytes=limit) if has_sink else None
        self.telemetry = Telemetry(
            self.haproxy,
            self.receiver,
            book,
            self.spool,
            self.losses,
            self.faults,
            now_ms=_now_ms,
            span_ms=span_ms,
            on_spooled=self._wake_shipper,
        )
        self.structure = Structure(
            self.haproxy,
            self.served,
            places,
            self.faults,
            StopWatch(self.telemetry.before_stop_of, self.telemetry.after_failed_stop_of),
        )
        self._loops = Loops()
        self._reporter: Reporter | None = None
        self._shipper: Shipper | None = None
        self._rollup_api = self._api()
        if settings.api_url:
            self._reporter = Reporter(self._api(), self._identity(boot), self.status)
        if self.spool is not None:
            sink = metrics or ApiRollups(self._rollup_api)
            self._shipper = Shipper(self.spool, sink, self.faults, self.losses)
        self._control = self._make_control()
        self._control.beat = self._loops.begin("control", within_s=SILENT_S).beat
        self.telemetry.beat = self._loops.begin("telemetry", within_s=SILENT_S).beat
        self.health = HealthServer(settings.health_port, self.vitals, settings.health_address)
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="vga-watch", daemon=True)
        subject = hint_subject(settings.organisation, settings.environment)
        self._hearing = Hearing(hints, subject, self._control.hint) if hints else None

    def start(self) -> None:
        """Start every thread; HAProxy is started, or taken over, by one of them."""
        if not self._store.begin():
            self.losses.add(1, "the agent before this one ended suddenly, with lines not counted")
        self.receiver.start()
        self.telemetry.start()
        self._control.start()
        if self._hearing is not None:
            self._hearing.start()
        else:
            self._watcher.start()
        self.health.start()
        if self._reporter is not None:
            self._reporter.start()
        if self._shipper is not None:
            self._shipper.start()
        if self._lines is not None:
            self._lines.shipper.start()
        log.info("agent.started", extra={"health_port": self.health.port})

    def stop(self, *, hands_over: bool = False) -> None:
        """End in good order: HAProxy finishes its requests, every line is counted and delivered.

        With `Settings.keep_haproxy` HAProxy serves on, and keeps its lines for the next agent.

        Args:
            hands_over: the same, this once: another agent starts on the folder now.
        """
        self._stopping.set()
        if self._hearing is not None:
            self._hearing.stop()
        self._control.stop()
        if not (self.settings.keep_haproxy or hands_over):
            self._stop_haproxy()
        self.receiver.stop()
        self.telemetry.stop()
        if self._shipper is not None:
            self._shipper.stop(timeout_s=5.0)
        self._rollup_api.close()
        if self._lines is not None:
            self._lines.shipper.stop(timeout_s=5.0)
        if self._reporter is not None:
            self._reporter.stop(timeout_s=5.0)
        self.health.stop()
        self._store.end()
        os.close(self._lock)
        log.info("agent.ended")

    def status(self) -> Status:
        """Return what is reported."""
        dropped, dropped_at = self.losses.noted()
        return Status(
            applied=self.served.applied,
            complete_until=self._shipper.complete_until if self._shipper else None,
            dropped=dropped,
            dropped_at=dropped_at,
            faults=self.faults.present(),
            reloads=self.structure.reloads,
        )

    def vitals(self) -> Vitals:
        """Return what the health pages show."""
        status = self.status()
        lag = self._clock.now() - status.complete_until if status.complete_until else None
        lines = self._lines
        return Vitals(
            is_serving=_now_ms() - self.telemetry.last_answer_ms < SERVING_MS,
            status=status,
            lines=self.receiver.lines,
            spool_bytes=self.spool.size_bytes if self.spool else 0,
            spool_dropped=self.spool.dropped if self.spool else 0,
            old_workers=self.telemetry.old_workers,
            lag_s=lag.total_seconds() if lag is not None else -1.0,
            silent=self._loops.silent(),
            lines_shipped=lines.shipper.shipped if lines else 0,
            lines_given_up=lines.buffer.dropped if lines else 0,
            lines_refused=lines.shipper.refused if lines else 0,
            lines_bytes=lines.buffer.size_bytes if lines else 0,
        )

    def _make_control(self) -> Control:
        settings, served = self.settings, self.served
        prober = Prober(settings.bind, served.facts.probe_secret, self.haproxy.pids)
        fetcher = Fetcher(
            self._kv,
            self.faults,
            organisation=settings.organisation,
            environment=settings.environment,
            known=served.fetched(),
        )
        return Control(
            settings.name,
            self.haproxy,
            self._store,
            served,
            self.structure,
            Applier(served, self.structure, prober),
            fetcher,
            self.faults,
            poll_interval_s=settings.poll_interval_s,
            applied_by_others=lambda: self._reporter.applied_by_others if self._reporter else {},
            ask_others=self._wake_reporter,
        )

    def _api(self) -> AgentApi:
        settings = self.settings
        return AgentApi(
            settings.api_url,
            settings.api_token,
            organisation=settings.organisation,
            environment=settings.environment,
            agent=settings.name,
        )

    def _identity(self, boot: str) -> Identity:
        return Identity(
            boot=boot,
            started_at=self._clock.now(),
            version=_version(),
            haproxy_version=self.haproxy.version(),
            address=self.settings.bind,
        )

    def _watch(self) -> None:
        """Hear from the store that something may have changed; the poll is the net beneath."""
        prefix = f"{self.settings.organisation}/{self.settings.environment}/gateways"
        backoff = Backoff(0.2, 10.0)
        while not self._stopping.is_set():
            try:
                for _ in self._kv.watch(prefix):
                    self._control.hint()
                    backoff.succeeded()
                    if self._stopping.is_set():
                        return
            except PortError as error:
                log.warning("watch.failed", extra={"reason": str(error)})
            self._stopping.wait(backoff.failed())

    def _stop_haproxy(self) -> None:
        pid = 0
        try:
            pid = self.haproxy.master.processes().worker
            self.telemetry.before_stop_of(pid)
        except RuntimeUnavailable:
            log.info("haproxy.gone", extra={"worker": pid})
        self.haproxy.stop(timeout_s=_SOFT_STOP_S)

    def _wake_reporter(self) -> None:
        if self._reporter is not None:
            self._reporter.wake()

    def _wake_shipper(self) -> None:
        if self._shipper is not None:
            self._shipper.wake()


def _own_facts(settings: Settings, store: Store) -> tuple[socket.socket, OwnFacts]:
    """Open the log port, the one of the last time if it can be had; return it with the facts."""
    facts = store.own_facts()
    listening = _listen(settings.log_port or facts.log_port)
    port = int(listening.getsockname()[1])
    return listening, replace(facts, log_port=port, bind=settings.bind)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        log.warning("log_port.taken", extra={"port": port, "reason": str(error)})
        listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    return listening


def _take(lock: Path) -> int:
    """Hold the folder's lock until this process ends, however it ends."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(f"another agent works in {lock.parent}") from None
    return descriptor


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _version() -> str:
    try:
        return version("vamp")
    except PackageNotFoundError:
        return "0"
