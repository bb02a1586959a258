"""Starting a component until it answers, stopping it, asking how it is."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence

from deploy.stack.component import Component, Server
from deploy.stack.errors import NotReady, StackError
from deploy.stack.ports import is_free
from deploy.stack.processes import ProcessFile
from deploy.stack.programs import tail
from deploy.stack.state import State

READY_TIMEOUT_S = 120.0
POLL_S = 0.1


class Runner:
    """Runs components with the state of one folder."""

    def __init__(self, state: State, *, ready_timeout_s: float = READY_TIMEOUT_S) -> None:
        self._state = state
        self._ready_timeout_s = ready_timeout_s

    def process(self, server: Server) -> ProcessFile:
        """Return the file of the server's process."""
        return ProcessFile(self._state.of("run") / f"{server.name}.json")

    def start(self, component: Component, servers: Sequence[Server] | None = None) -> bool:
        """Start what of it is not running, and wait until that answers.

        What clients need in it is made once all of its servers run.

        Args:
            component: to start.
            servers: only these of it.

        Returns:
            False where everything was running already.

        Raises:
            StackError: a server ended, or did not answer in time, or its port is a stranger's.
        """
        wanted = component.servers() if servers is None else servers
        idle = [server for server in wanted if self.process(server).running() is None]
        if idle:
            component.prepare()
        for server in wanted:
            if server in idle:
                self._launch(server)
            self._until(server.probe, server)
        if all(self.process(server).running() for server in component.servers()):
            self._until(component.furnish, wanted[-1])
        return bool(idle)

    def furnish(self, component: Component) -> None:
        """Make what clients need in a component that others started, such as Docker.

        Raises:
            StackError: it does not answer in time, or refuses.
        """
        servers = component.servers()
        for server in servers:
            self._until(server.probe, server, ours=False)
        self._until(component.furnish, servers[-1], ours=False)

    def stop(
        self, component: Component, servers: Sequence[Server] | None = None, *, sign: signal.Signals
    ) -> bool:
        """End its processes, the last one first.

        Returns:
            False where none was running.
        """
        wanted = component.servers() if servers is None else servers
        ended = 0
        for server in reversed(wanted):
            ended += self.process(server).stop(sign=sign)
        return ended > 0

    def ailments(self, component: Component) -> Mapping[str, str]:
        """Return why servers of it, or itself, are of no use now; empty where all is well."""
        found = {}
        for server in component.servers():
            if self.process(server).running() is None:
                found[server.name] = "not running"
            elif said := _complaint(server.probe):
                found[server.name] = said
        if not found and (said := _complaint(component.check)):
            found[component.name] = said
        return found

    def _launch(self, server: Server) -> None:
        if not is_free(server.port):
            raise StackError(
                f"port {server.port} of {server.name} is held by a process that is not ours:"
                " end that one, or remove ports.json of the state folder to choose other ports"
            )
        self.process(server).start(server.launch())

    def _until(self, ask: Callable[[], None], server: Server, *, ours: bool = True) -> None:
        """Ask again until it says nothing, or time is up, or the server is gone if it is ours."""
        deadline = time.monotonic() + self._ready_timeout_s
        while True:
            try:
                ask()
            except NotReady as error:
                log = self._state.log(server.name)
                if ours and self.process(server).running() is None:
                    raise StackError(f"{server.name} ended; {log} ends:\n{tail(log)}") from None
                if time.monotonic() > deadline:
                    raise StackError(
                        f"{server.name} does not answer: {error}; {log} ends:\n{tail(log)}"
                    ) from None
                time.sleep(POLL_S)
            else:
                return


def _complaint(ask: Callable[[], None]) -> str:
    try:
        ask()
    except (NotReady, StackError) as error:
        return str(error) or "does not answer"
    return ""
