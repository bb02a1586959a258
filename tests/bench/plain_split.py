"""A plain HAProxy whose split is one line of a map: the floor of ``weight-live``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gateways.agent.runtime import CommandSocket
from tests.bench.asking import Asking, first_with_ms, get
from tests.bench.proxy import free_ports, running

LIMIT_S = 20.0


class PlainSplit:
    """The running one; `change_ms` moves all traffic to another version."""

    def __init__(
        self, commands: CommandSocket, split: Path, asking: Asking, versions: tuple[str, ...]
    ) -> None:
        self._commands = commands
        self._split = split
        self._asking = asking
        self._versions = versions

    def change_ms(self, number: int) -> float:
        """Turn the map's line; return the time from the command to the first new answer."""
        version = self._versions[number % len(self._versions)]
        begun = time.perf_counter()
        self._commands.ask(f"set map {self._split} split {version}")
        told_ms = (time.perf_counter() - begun) * 1000
        wanted = f'"version": "{version}"'.encode()
        return told_ms + first_with_ms(self._asking, get("any.test"), wanted, limit_s=LIMIT_S)


@contextmanager
def plain_split(folder: Path, answering: Mapping[str, tuple[str, int]]) -> Iterator[PlainSplit]:
    """Run it in `folder` until the block ends.

    Args:
        folder: for its configuration and its socket.
        answering: version → host and port that answer for it.
    """
    (port,) = free_ports(1)
    split, config, commands = (folder / f"plain.{kind}" for kind in ("map", "cfg", "sock"))
    versions = tuple(sorted(answering))
    split.write_text(f"split {versions[0]}\n")
    backends = "".join(
        f"backend {version}\n    server s {host}:{port}\n"
        for version, (host, port) in answering.items()
    )
    config.write_text(
        f"global\n    stats socket {commands} mode 600 level admin\n"
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n"
        f"    timeout server 30s\nfrontend shared\n    bind 127.0.0.1:{port}\n"
        f"    use_backend %[str(split),map({split})]\n{backends}"
    )
    with running(config, commands) as haproxy:
        asking = Asking(("127.0.0.1", port))
        try:
            yield PlainSplit(haproxy.commands, split, asking, versions)
        finally:
            asking.close()
