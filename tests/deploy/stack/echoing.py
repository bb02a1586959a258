"""A component whose server is real but small: it listens, and answers with one line."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.stack.component import Server
from deploy.stack.errors import NotReady, StackError
from deploy.stack.processes import Launch

PROGRAM = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"here\\n")
        connection.close()
"""


@dataclass
class Echo:
    """One server on `port`; counts what is asked of it."""

    name: str
    port: int
    folder: Path
    program: str = PROGRAM
    builds: Sequence[str] = ()
    refusal: str = ""
    prepared: int = 0
    furnished: int = 0
    ailment: str = field(default="")

    def servers(self) -> Sequence[Server]:
        return [Server(self.name, self.port, self._launch, self._probe)]

    def prepare(self) -> None:
        if self.refusal:
            raise StackError(self.refusal)
        self.prepared += 1

    def furnish(self) -> None:
        self.furnished += 1

    def check(self) -> None:
        if self.ailment:
            raise NotReady(self.ailment)

    def variables(self) -> Mapping[str, str]:
        return {f"{self.name.upper()}_URL": f"echo://:secret@127.0.0.1:{self.port}"}

    def _launch(self) -> Launch:
        log = self.folder / "logs" / f"{self.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        return Launch([sys.executable, "-c", self.program, str(self.port)], self.folder, log)

    def _probe(self) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as server:
                said = server.recv(10)
        except OSError as error:
            raise NotReady(str(error)) from None
        if said != b"here\n":
            raise NotReady(f"it said {said!r}")
