"""Redis: Celery's broker and the cache. What it loses, the product derives again from rows."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence

from deploy.stack.component import Server
from deploy.stack.context import Context
from deploy.stack.errors import NotReady
from deploy.stack.ports import LOOPBACK
from deploy.stack.processes import Launch
from deploy.stack.programs import find
from deploy.stack.state import write_private

PROBE_TIMEOUT_S = 5.0


class Redis:
    """One server with a password; it saves its data when told to stop, and writes no log of it."""

    name = "redis"
    builds: Sequence[str] = ()

    def __init__(self, context: Context) -> None:
        self._state = context.state
        self._port = context.ports.of("redis")
        self._folder = context.state.of("redis")
        self._password = context.state.secret("redis-password")

    def servers(self) -> Sequence[Server]:
        return [Server(self.name, self._port, self._launch, self._probe)]

    def prepare(self) -> None:
        settings = {
            "bind": LOOPBACK,
            "port": self._port,
            "dir": f'"{self._folder}"',
            "requirepass": self._password,
            "appendonly": "no",
            "save": "300 1",
            "maxmemory-policy": "noeviction",  # a broker that forgets tasks would be none
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        write_private(self._folder / "redis.conf", text)

    def furnish(self) -> None:
        """A broker needs nothing in it."""

    def check(self) -> None:
        """Its server's probe says all."""

    def variables(self) -> Mapping[str, str]:
        server = f"redis://:{self._password}@{LOOPBACK}:{self._port}"
        return {"VAMP_BROKER_URL": f"{server}/0", "VAMP_STACK_REDIS_URL": f"{server}/0"}

    def _launch(self) -> Launch:
        program = find("redis-server", package="redis-server")
        return Launch(
            [program, str(self._folder / "redis.conf")],
            folder=self._folder,
            log=self._state.log(self.name),
        )

    def _probe(self) -> None:
        try:
            with socket.create_connection((LOOPBACK, self._port), PROBE_TIMEOUT_S) as server:
                server.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answers = server.makefile("rb")
                said = [answers.readline().decode().strip() for _ in range(2)]
        except OSError as error:
            raise NotReady(str(error)) from None
        if said != ["+OK", "+PONG"]:
            raise NotReady(" ".join(said))  # such as: it is still loading its data
