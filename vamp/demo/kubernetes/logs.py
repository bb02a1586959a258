"""The part of a node's own API that ``kubectl logs`` is answered from, through the API server."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vamp.drivers.clock.system import SystemClock

FindLog = Callable[[str, str], Path | None]
"""(namespace, pod) → file of its output, None where there is no such pod."""

_TAIL_BYTES: Final = 1024 * 1024
_VALID: Final = timedelta(days=365)


def log_server(find: FindLog, folder: Path) -> ThreadingHTTPServer:
    """Open the server on a free port of 127.0.0.1, over TLS with a certificate of its own.

    The API server does not check that certificate unless it is told an authority for nodes.

    Args:
        find: gives the files.
        folder: where the certificate lies while it is read.
    """

    class Answering(_LogHandler):
        finding = staticmethod(find)

    server = _LogServer(("127.0.0.1", 0), Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = folder / "node.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(_certificate())
    context.load_cert_chain(pem)
    pem.unlink()
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    return server


def last_lines(path: Path, lines: int | None) -> bytes:
    """Return the last lines of a file, of at most its last mebibyte; all of that for None."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        held = file.read()
    if lines is None:
        return held
    return b"".join(held.splitlines(keepends=True)[-lines:]) if lines > 0 else b""


class _LogServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: who comes without TLS, or leaves midway, is no fault of ours."""


class _LogHandler(BaseHTTPRequestHandler):
    """``GET /containerLogs/<namespace>/<pod>/<container>?tailLines=N``."""

    finding: FindLog

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        _, kind, *place = unquote(url.path).split("/")
        found = self.finding(place[0], place[1]) if kind == "containerLogs" and len(place) == 3 else None  # fmt: skip
        if found is None:
            self.send_error(404)
            return
        tail = parse_qs(url.query).get("tailLines", [""])[0]
        body = last_lines(found, int(tail) if tail.isdecimal() else None) if found.exists() else b""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who reads a log is of no interest here."""


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vamp demonstration node")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
