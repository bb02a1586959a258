"""A real nats-server of a test's own, to be killed and started again as it likes.

The program is the one that VAMP_STACK_NATS_SERVER names, else the first in PATH.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vamp.drivers.events.jetstream import JetStream
from vamp.drivers.events.nats_users import Credentials, signed
from vamp.drivers.events.nkeys import ACCOUNT, OPERATOR, USER, KeyPair
from vamp.dsn import Dsn

START_S = 20
PORTS = range(22_000, 23_000)


def program() -> str:
    found = os.environ.get("VAMP_STACK_NATS_SERVER") or shutil.which("nats-server")
    assert found, "set VAMP_STACK_NATS_SERVER to a nats-server (2.10 or newer)"
    return found


def free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class NatsServer:
    """One server with JetStream and its folder; `config` is laid over its configuration."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self._config = {
            "server_name": f"test-{self.port}",
            "host": "127.0.0.1",
            "port": self.port,
            "jetstream": {"store_dir": str(folder / "jetstream")},
            **config,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "nats.json"
        file.write_text(json.dumps(self._config))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(), "--config", str(file)], stdout=log, stderr=log
            )
        until = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < until, "nats-server does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def lose_everything(self) -> None:
        shutil.rmtree(self._folder / "jetstream")

    def stream(self, *, url: str = "", key: str = "", visibility_s: float = 30.0) -> JetStream:
        """A driver for this server."""
        stream = JetStream.from_dsn(Dsn.parse(url or self.url), key=key)
        stream._visibility_s = visibility_s
        return stream

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False


class Operator:
    """Who signs accounts; one account, with a signing key beside its own."""

    def __init__(self) -> None:
        self.operator = KeyPair.new(OPERATOR)
        self.account = KeyPair.new(ACCOUNT)
        self.signing = KeyPair.new(ACCOUNT)
        self.system = KeyPair.new(ACCOUNT)

    def config(self, accounts: Path | None = None) -> Mapping[str, Any]:
        """The server's part; with a folder for `accounts`, they may be changed while it runs."""
        core = dict.fromkeys(["subs", "data", "payload", "imports", "exports", "conn", "leaf"], -1)
        stored = dict.fromkeys(["mem_storage", "disk_storage", "streams", "consumer"], -1)

        def of_account(keys: KeyPair, limits: Mapping[str, int], **more: Any) -> str:
            claims = {"type": "account", "limits": {**limits, "wildcards": True}, **more}
            return self._token("A", keys, self.operator, claims)

        claims = {"type": "operator", "system_account": self.system.public}
        return {
            "operator": self._token("O", self.operator, self.operator, claims),
            "system_account": self.system.public,
            "resolver": {"type": "full", "dir": str(accounts)} if accounts else "MEMORY",
            "resolver_preload": {
                self.account.public: of_account(
                    self.account, core | stored, signing_keys=[self.signing.public]
                ),
                self.system.public: of_account(self.system, core),
            },
        }

    def system_user(self) -> str:
        """Creds of a user of the system account."""
        keys = KeyPair.new(USER)
        claims = {"type": "user", "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1}
        return Credentials(self._token("S", keys, self.system, claims), keys).to_text()

    def user(self, signer: KeyPair | None = None) -> str:
        """Creds of a user who may do everything in the account."""
        keys, signer = KeyPair.new(USER), signer or self.signing
        claims = {
            "type": "user",
            "pub": {},
            "sub": {},
            "subs": -1,
            "data": -1,
            "payload": -1,
            "issuer_account": self.account.public,
        }
        return Credentials(self._token("U", keys, signer, claims), keys).to_text()

    def _token(self, name: str, of: KeyPair, signer: KeyPair, claims: Mapping[str, Any]) -> str:
        return signed(
            {
                "iat": int(time.time()),
                "iss": signer.public,
                "name": name,
                "sub": of.public,
                "nats": {"version": 2, **claims},
            },
            signer,
        )


@contextlib.contextmanager
def running(folder: Path, **config: Any) -> Iterator[NatsServer]:
    server = NatsServer(folder, **config)
    server.start()
    try:
        yield server
    finally:
        server.stop()
