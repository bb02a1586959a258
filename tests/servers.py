"""Real servers of a test's own, to be killed, restarted and flushed without harm to others."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_WAIT_S = 60.0


def free_port() -> int:
    """Return a port that nobody listens on, below those handed out to outgoing connections."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


class Server:
    """One server process on loopback, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        deadline = time.monotonic() + START_WAIT_S
        while not self._answers():
            alive = self._process.poll() is None and time.monotonic() < deadline
            assert alive, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def restart(self) -> None:
        self.kill()
        self.start()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class Redis(Server):
    """Forgets everything when it is killed.

    Args:
        folder: for its log.
        tls: folder with certificates; it speaks nothing but TLS then.
        password: that it asks for, if any.
    """

    def __init__(self, folder: Path, tls: Path | None = None, password: str = "") -> None:
        super().__init__(folder)
        self._tls = tls
        self._password = password

    @property
    def url(self) -> str:
        scheme = "rediss" if self._tls else "redis"
        word = f":{self._password}@" if self._password else ""
        return f"{scheme}://{word}127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        tls = self._tls
        return [
            "redis-server", "--bind", "127.0.0.1", "--dir", str(self.folder),
            "--save", "", "--appendonly", "no",
            *(["--requirepass", self._password] if self._password else []),
            *(["--port", str(self.port)] if tls is None else [
                "--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no",
                "--tls-ca-cert-file", f"{tls}/ca.pem", "--tls-cert-file", f"{tls}/server.pem",
                "--tls-key-file", f"{tls}/server.key",
            ]),
        ]  # fmt: skip


class MariaDb(Server):
    """With an empty database ``vamp``; root has no password. Speaks TLS where `tls` is given.

    Args:
        folder: for its data.
        tls: folder with ``ca.pem``, ``server.pem`` and ``server.key``.
    """

    def __init__(self, folder: Path, tls: Path | None = None) -> None:
        super().__init__(folder)
        self._tls = tls
        self._user = [f"--user={'root' if os.getuid() == 0 else os.environ.get('USER', '')}"]
        subprocess.run(
            [
                "mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", *self._user,
                "--auth-root-authentication-method=normal", "--skip-test-db",
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip
        (folder / "data" / "vamp").mkdir()
        shutil.chown(folder / "data" / "vamp", user=os.getuid())

    @property
    def url(self) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/vamp"

    def command(self) -> list[str]:
        tls = self._tls
        return [
            "mariadbd", "--no-defaults", *self._user, f"--datadir={self.folder}/data",
            f"--socket={self.folder}/s", f"--pid-file={self.folder}/pid",
            "--bind-address=127.0.0.1", f"--port={self.port}", "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M",
            # A careless default on purpose: ours must not depend on it.
            "--character-set-server=latin1", "--collation-server=latin1_swedish_ci",
            *([] if tls is None else [
                f"--ssl-ca={tls}/ca.pem", f"--ssl-cert={tls}/server.pem",
                f"--ssl-key={tls}/server.key",
            ]),
        ]  # fmt: skip


@contextmanager
def folder() -> Iterator[Path]:
    """A folder with a short path, which sockets need."""
    path = Path(tempfile.mkdtemp(prefix="vamp-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def make_certificates(path: Path) -> None:
    """Write ``ca.pem``, ``server.pem`` and ``server.key`` for 127.0.0.1, and a foreign ``other.pem``."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=path, check=True, capture_output=True)

    for name in ("ca", "other"):
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem",
        )  # fmt: skip
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
        "-keyout", "server.key", "-out", "server.csr",
    )  # fmt: skip
    (path / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
    openssl(
        "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-days", "2", "-out", "server.pem", "-extfile", "names",
    )  # fmt: skip
