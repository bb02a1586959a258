"""What an agent knows about its machine and a part does not."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from gateways.haproxy.quoting import quoted

LONGEST_SOCKET: Final = 97
"""In bytes: a UNIX socket's address holds 107, and HAProxy appends to the path while it binds."""

LONGEST_SOCKET_DIRECTORY: Final = 70
"""In bytes: a slash and a name of 21 come after it."""

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AssembleSettings:
    """What an agent knows and a part does not.

    Attributes:
        directory: absolute path of the folder that holds ``haproxy.cfg`` and ``maps/``.
        bind_address: address that the shared port and all gateways' own ports listen on.
        shared_port: port for gateways with hosts; 0 where the environment has none.
        log_port: the agent's TCP port on loopback that log lines are sent to; 0 logs nothing.
        runtime_socket: absolute path of the runtime socket, at most `LONGEST_SOCKET` bytes long;
            empty for none.
        socket_directory: absolute path for sockets between frontends, mode 0700, at most
            `LONGEST_SOCKET_DIRECTORY` bytes long. Empty means `directory`; where that is longer,
            sockets without a path are used, which every user of the machine can connect to.
        probe_secret: value of the probe header, ``[A-Za-z0-9_-]{16,128}``; empty answers no probe.
        threads: of the worker; 0 leaves it to HAProxy.
        maxconn: connections at a time, of the whole worker, at least 1; a request that is handed
            over from one frontend to another counts twice. Where the system's limit of open files
            allows fewer, HAProxy starts all the same, says so, and accepts as many as it can.
        stop_after_s: how long an old worker may finish its connections after a reload.

    Raises:
        ValueError: one of these does not hold.
    """

    directory: str
    bind_address: str = "127.0.0.1"
    shared_port: int = 0
    log_port: int = 0
    runtime_socket: str = ""
    socket_directory: str = ""
    probe_secret: str = ""
    threads: int = 0
    maxconn: int = 10_000
    stop_after_s: int = 30

    def __post_init__(self) -> None:
        ipaddress.ip_address(self.bind_address)
        for path in filter(None, (self.directory, self.runtime_socket, self.socket_directory)):
            quoted(path)
            if not path.startswith("/"):
                raise ValueError(f"not an absolute path: {path}")
        _check_length("the folder of sockets", self.socket_directory, LONGEST_SOCKET_DIRECTORY)
        _check_length("the runtime socket", self.runtime_socket, LONGEST_SOCKET)
        if self.probe_secret and not _SECRET.fullmatch(self.probe_secret):
            raise ValueError("the probe's secret needs 16 to 128 letters, digits, - or _")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for port in (self.shared_port, self.log_port):
            if not 0 <= port <= 65_535:
                raise ValueError(f"not a port: {port}")
        if min(self.threads, self.maxconn - 1, self.stop_after_s - 1) < 0 or self.threads > 64:
            raise ValueError("threads, maxconn or stop_after_s is out of range")

    @property
    def socket_prefix(self) -> str:
        """What stands before the file name in the address of a socket between frontends."""
        folder = self.socket_directory or self.directory
        if len(folder.encode()) <= LONGEST_SOCKET_DIRECTORY:
            return f"unix@{folder}/"
        return f"abns@vamp-{hashlib.sha256(folder.encode()).hexdigest()[:16]}-"

    @property
    def bind_host(self) -> str:
        """The address as it stands before a colon and a port."""
        return f"[{self.bind_address}]" if ":" in self.bind_address else self.bind_address


def _check_length(what: str, path: str, most: int) -> None:
    if len(path.encode()) > most:
        raise ValueError(f"{what} has a path of more than {most} bytes: {path}")
