"""Constant traffic by keep-alive clients that do not retry, spread over all agents.

Each client is one task with one connection an agent and a fixed pace. It speaks for several
callers in turn: visitors without cookies, users who keep theirs, a tester. Every caller goes to
the agents in rotation, so a user's requests reach all of them.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from vamp.demo.connection import Answer, Failure, KeepAliveConnection, RequestFailed
from vamp.demo.ledger import Caller, Ledger, RequestRecord

TESTER_AGENT: Final = "shop-tester"
"""User agent of testers; others say ``shop-visitor``."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much traffic, and from whom.

    Attributes:
        clients: tasks, each with a connection to every agent.
        rate: requests a second of all clients together.
        visitors: turns of each client that go to visitors without cookies.
        users: turns of each client that go to users with cookies, one user a turn.
        testers: turns of each client that go to testers.
        timeout_s: longest wait for an answer.
        is_balanced: as if something balanced callers over the agents: where one takes no connection,
            so that nothing has been asked yet, the next is asked. A request that is on its way is
            never repeated.
    """

    clients: int = 20
    rate: float = 160.0
    visitors: int = 4
    users: int = 3
    testers: int = 1
    timeout_s: float = 5.0
    is_balanced: bool = False


@dataclass(slots=True)
class CallerState:
    """One caller between its requests.

    Attributes:
        caller: what kind.
        name: of a user; empty for others.
        turns: requests sent so far; decides which agent is next.
        cookies: what it keeps; stays empty for callers other than users.
    """

    caller: Caller
    name: str = ""
    turns: int = 0
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self, host: str) -> bytes:
        """Return the bytes of its next request."""
        agent = TESTER_AGENT if self.caller is Caller.TESTER else "shop-visitor"
        lines = [f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n"]
        if self.cookies:
            jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            lines.append(f"Cookie: {jar}\r\n")
        return "".join([*lines, "\r\n"]).encode("latin-1")

    def keep(self, answer: Answer) -> None:
        """Take the answer's cookies into the jar, if it has one."""
        if self.caller is not Caller.USER:
            return
        for line in answer.values("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()


class Traffic:
    """Traffic in a thread of its own, from `start` to `stop`.

    Args:
        agents: host and port of each.
        host: of the gateway, for the ``Host`` header.
        load: how much.
        ledger: where records go.
        clock: seconds since the epoch, for records.
    """

    def __init__(
        self,
        agents: Sequence[tuple[str, int]],
        host: str,
        ledger: Ledger,
        load: Load | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._agents = tuple(agents)
        self._host = host
        self._ledger = ledger
        self._load = load or Load()
        self._clock = clock
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self.connections: list[KeepAliveConnection] = []

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more; return once every request under way has ended."""
        self._ends.set()
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._send())

    async def _send(self) -> None:
        async with asyncio.TaskGroup() as group:
            for index in range(self._load.clients):
                group.create_task(self._client(index))

    async def _client(self, index: int) -> None:
        loop, interval_s = asyncio.get_running_loop(), self._load.clients / self._load.rate
        connections = [
            KeepAliveConnection(each, timeout_s=self._load.timeout_s) for each in self._agents
        ]
        self.connections += connections
        callers = self._callers(index)
        due = loop.time() + interval_s * index / self._load.clients
        for turn in count():
            await asyncio.sleep(max(0.0, due - loop.time()))
            if self._ends.is_set():
                break
            caller = callers[turn % len(callers)]
            first = caller.turns % len(connections)
            await self._call(caller, [*connections[first:], *connections[:first]])
            # A client that was held up goes on at its pace: catching up would be a burst.
            due = max(due + interval_s, loop.time())
        for connection in connections:
            connection.close()

    def _callers(self, client: int) -> list[CallerState]:
        load = self._load
        visitors = [CallerState(Caller.ANONYMOUS, turns=client + n) for n in range(load.visitors)]
        users = [
            CallerState(Caller.USER, f"user-{client}-{n}", turns=client + n)
            for n in range(load.users)
        ]
        testers = [CallerState(Caller.TESTER, turns=client + n) for n in range(load.testers)]
        return visitors + users + testers

    async def _call(self, caller: CallerState, connections: Sequence[KeepAliveConnection]) -> None:
        caller.turns += 1
        sent_at, status, version, failure = self._clock(), 0, "", ""
        connection, *others = connections if self._load.is_balanced else connections[:1]
        while True:
            try:
                answer = await connection.exchange(caller.request(self._host))
            except RequestFailed as error:
                if error.failure is Failure.NOT_CONNECTED and others:
                    connection = others.pop(0)
                    continue
                failure = error.failure.value
            else:
                caller.keep(answer)
                status, version = answer.status, version_told(answer.body)
            break
        host, port = connection.address
        self._ledger.add(
            RequestRecord(
                sent_at=sent_at,
                ended_at=self._clock(),
                agent=f"{host}:{port}",
                caller=caller.caller,
                user=caller.name,
                status=status,
                version=version,
                failure=failure,
            )
        )


def version_told(body: bytes) -> str:
    """Return the version that a body of the demo service names; empty for any other body."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    return str(told.get("version", "")) if isinstance(told, dict) else ""
