"""A server that gives the answers of a script, in the words of a real Vault 1.14, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.credentials import parse_credentials
from vamp.drivers.kv.vault.session import Session
from vamp.drivers.kv.vault.store import VaultStore

SELF = "/v1/auth/token/lookup-self"
RENEW = "/v1/auth/token/renew-self"
LOGIN = "/v1/auth/approle/login"
DENIED = (403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    token: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict, compare=False)


Answer = tuple[int, Any]
Script = Callable[[Asked], Answer | None]


@dataclass
class ScriptedVault:
    """Answers by `script`; only what it leaves alone (None) gets what a fresh token would."""

    script: Script
    address: Address = field(default_factory=lambda: Address("", "kv"))
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        found = self.script(asked)
        if found is not None:
            return found
        if asked.path == SELF:
            return 200, {"data": {"ttl": 0, "renewable": False}}
        return 404, {"errors": []}

    def session(self, key: str = "token:good", **options: Any) -> Session:
        return Session(self.address, parse_credentials(key), **options)

    def store(self, key: str = "token:good") -> VaultStore:
        return VaultStore(self.address, self.session(key))

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def scripted(script: Script = lambda _: None) -> Iterator[ScriptedVault]:
    vault = ScriptedVault(script)

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            asked = Asked(
                self.command,
                self.path,
                self.headers.get("X-Vault-Token", ""),
                json.loads(body) if body else None,
                dict(self.headers),
            )
            status, content = vault.answer(asked)
            is_text = isinstance(content, str)
            text = (content if is_text else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if is_text else "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self._any()

        def do_POST(self) -> None:
            self._any()

        def do_PUT(self) -> None:
            self._any()

        def do_DELETE(self) -> None:
            self._any()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        vault.address = Address(f"http://127.0.0.1:{server.server_port}", "kv", verify=False)
        try:
            yield vault
        finally:
            server.shutdown()
            thread.join()
