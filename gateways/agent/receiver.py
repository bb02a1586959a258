"""Receives the workers' log lines and counts them, as one thread.

A worker sends its ring to the agent's port. A worker that HAProxy tells to stop closes that
connection at once, though it still answers requests (seen on 2.6.12; its manual does not say so):
their lines stay in its ring and are never sent, nor counted as dropped. So before each reload the
agent also asks the worker for its events (``show events vamp -w -n``). Until the ring's connection
ends both bring the same lines; then the agent counts what only the events brought, and from
there on the events alone.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from gateways.agent.channel import Channel, unseen
from gateways.agent.lines import FramingLost, Line, parse_lines, split_events, split_frames
from gateways.agent.losses import Losses
from gateways.agent.processes import sockets_of
from gateways.agent.watermark import SILENCE_MS, WorkerReading

Sink: TypeAlias = Callable[[list[Line]], tuple[int, int]]
"""Takes lines; returns when the last of them ended (0 if unknown) and how many it could not use."""

RING = "vamp"
"""Name of the ring in the configuration (`gateways.haproxy.preamble`)."""

log = logging.getLogger("vga.lines")


class LogReceiver:
    """The agent's log port. `start` opens the thread; the other methods are for other threads."""

    def __init__(
        self,
        listening: socket.socket,
        sink: Sink,
        losses: Losses,
        now_ms: Callable[[], int],
        keep: Callable[[list[bytes]], object] | None = None,
    ) -> None:
        """Take a listening TCP socket.

        Args:
            listening: the log port.
            sink: gets what is counted of lines, while the receiver's lock is held.
            losses: where lines are noted that cannot be read.
            now_ms: the present time.
            keep: gets the messages as they came, each once, under the same lock; None for nobody.
        """
        listening.setblocking(False)
        self._listening = listening
        self._sink = sink
        self._losses = losses
        self._now_ms = now_ms
        self._keep = keep
        self._lock = threading.Lock()
        self._channels: set[Channel] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(listening, selectors.EVENT_READ, None)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vga-lines", daemon=True)
        self.lines = 0

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; close every connection and the port."""
        self._stopping.set()
        self._thread.join()
        with self._lock:
            for channel in tuple(self._channels):
                self._drop(channel)
        self._selector.close()
        self._listening.close()

    @property
    def lock(self) -> threading.Lock:
        """Held while lines are counted; who closes spans holds it too."""
        return self._lock

    def follow(self, worker: int, command_socket: str) -> bool:
        """Also read the events of `worker`, which is about to stop; `unfollow` takes it back.

        Args:
            worker: its process id; its ring's connection must be known by `identify`.
            command_socket: path of its own command socket. The master's will not do: it ends the
                waiting at once (tried).

        Returns:
            False where lines may be lost: the ring is not connected, or the events cannot be had.
        """
        with self._lock:
            rings = [c for c in self._channels if c.is_ring and c.worker == worker]
            for ring in rings:
                ring.recorded = Counter()
        try:
            connection, received = _open_events(command_socket)
        except OSError as error:
            log.warning("events.unavailable", extra={"worker": worker, "reason": str(error)})
            return False
        held: list[bytes] | None = [] if rings else None
        channel = Channel(connection, split_events, is_ring=False, worker=worker, held=held)
        channel.prefill(received)
        self._add(channel)
        return bool(rings)

    def unfollow(self, worker: int) -> None:
        """Stop reading the events of `worker`: it goes on as before."""
        with self._lock:
            for channel in tuple(self._channels):
                if channel.worker == worker and channel.is_ring:
                    channel.recorded = None
                elif channel.worker == worker:
                    self._drop(channel)

    def finish(self, worker: int) -> None:
        """Say that `worker` has no request left: its events end with the next silence."""
        with self._lock:
            for channel in self._channels:
                if channel.worker == worker and not channel.is_ring:
                    channel.is_ending = True

    def identify(self, workers: Iterable[int]) -> None:
        """Find out which of `workers` each new connection belongs to. Cost: reads ``/proc``."""
        with self._lock:
            unknown = [channel for channel in self._channels if not channel.worker]
        if not unknown:
            return
        owners = {worker: sockets_of((worker,)) for worker in workers}
        inodes = _inodes_by_port(self._listening.getsockname()[1])
        for channel in unknown:
            try:
                inode = inodes.get(channel.connection.getpeername()[1])
            except OSError:
                continue
            for worker, sockets in owners.items():
                if inode in sockets:
                    channel.worker = worker

    def is_connected(self, worker: int) -> bool:
        """Tell whether the ring of `worker` is known to be connected."""
        with self._lock:
            return any(c.worker == worker and c.is_ring for c in self._channels)

    def is_followed(self, worker: int) -> bool:
        """Tell whether the events of `worker` are read."""
        with self._lock:
            return any(c.worker == worker and not c.is_ring for c in self._channels)

    def readings(self, answered: Mapping[int, int]) -> list[WorkerReading]:
        """Return what the watermark needs to know.

        Args:
            answered: every worker that may still log → when it last answered a command.
        """
        with self._lock:
            return [self._reading(worker, at) for worker, at in answered.items()]

    def _reading(self, worker: int, answered: int) -> WorkerReading:
        found = [c for c in self._channels if c.worker == worker]
        # While both are open the ring counts; the events are put aside.
        found.sort(key=lambda channel: not channel.is_ring)
        if not found:
            return WorkerReading(worker, False, 0, 0, False, answered)
        best = found[0]
        return WorkerReading(
            pid=worker,
            is_connected=True,
            last_line_ended=best.last_line_ended,
            last_received=best.last_received,
            has_more=best.has_more,
            answered=answered,
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(0.05):
                if key.data is None:
                    self._accept()
                else:
                    self._read(key.data)
            self._end_silent()

    def _accept(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except BlockingIOError:
            return
        self._add(Channel(connection, split_frames, is_ring=True))

    def _add(self, channel: Channel) -> None:
        channel.connection.setblocking(False)
        channel.last_received = self._now_ms()
        with self._lock:
            self._channels.add(channel)
            self._selector.register(channel.connection, selectors.EVENT_READ, channel)

    def _read(self, channel: Channel) -> None:
        with self._lock:
            if channel not in self._channels:
                return
            try:
                messages = channel.receive()
            except FramingLost as error:
                self._losses.add(1, f"unreadable log stream: {error}")
                messages = None
            if messages is None:
                self._ended(channel)
            elif channel.held is not None:
                channel.last_received = self._now_ms()
                channel.held += messages
            elif messages:
                channel.last_received = self._now_ms()
                if channel.is_ring and channel.recorded is not None:
                    channel.recorded.update(messages)
                elif channel.recorded:
                    messages = unseen(messages, channel.recorded)
                self._count(channel, messages)

    def _count(self, channel: Channel, messages: list[bytes]) -> None:
        lines, unreadable = parse_lines(messages)
        last_ended, unusable = self._sink(lines)
        channel.last_line_ended = max(channel.last_line_ended, last_ended)
        self.lines += len(lines)
        if self._keep is not None and messages:
            self._keep(messages)
        if lost := unreadable + unusable:
            self._losses.add(lost, "unreadable log lines")

    def _ended(self, channel: Channel) -> None:
        self._drop(channel)
        if not channel.is_ring:
            if not channel.is_ending:
                self._losses.add(1, f"worker {channel.worker} ended with requests under way")
            return
        for events in self._channels:
            if events.worker == channel.worker and events.held is not None and channel.worker:
                held, events.held = events.held, None
                events.last_line_ended = channel.last_line_ended
                # What the ring was quicker to bring is still to come among the events.
                events.recorded = channel.recorded or Counter()
                self._count(events, unseen(held, events.recorded))
                return
        self._losses.add(1, f"the log connection of worker {channel.worker} ended")

    def _end_silent(self) -> None:
        now = self._now_ms()
        with self._lock:
            for channel in tuple(self._channels):
                if channel.is_ending and now - channel.last_received > SILENCE_MS:
                    if channel.held:
                        self._count(channel, channel.held)
                    self._drop(channel)

    def _drop(self, channel: Channel) -> None:
        self._channels.discard(channel)
        self._selector.unregister(channel.connection)
        channel.connection.close()


def _open_events(command_socket: str) -> tuple[socket.socket, bytes]:
    """Ask a worker for its events, and return once it has begun to send them.

    ``show version`` before it answers at once, so that its answer tells that the rest was read.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(1.0)
        connection.connect(command_socket)
        connection.sendall(f"show version;show events {RING} -w -n\n".encode())
        received = b""
        while b"\n\n" not in received:
            piece = connection.recv(1 << 16)
            if not piece:
                raise ConnectionError("the worker closed the connection")
            received += piece
    except OSError:
        connection.close()
        raise
    return connection, received.partition(b"\n\n")[2]


def _inodes_by_port(log_port: int) -> dict[int, int]:
    """Return, for sockets connected to `log_port` on loopback: their own port → their inode."""
    found = {}
    with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: PTH123  (not a file to resolve)
        for line in table.read().splitlines()[1:]:
            fields = line.split()
            if int(fields[2].rpartition(":")[2], 16) == log_port:
                found[int(fields[1].rpartition(":")[2], 16)] = int(fields[9])
    return found
