"""Connections that are kept, that fail, that lead elsewhere; TLS with an authority of our own."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.vamp.drivers.kv.vault.scripted import scripted
from vamp.drivers.kv.vault import wire
from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.wire import Reply, Wire
from vamp.errors import Invalid
from vamp.ports.errors import PortUnavailable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def listening(*answers: Callable[[socket.socket], object], trust: ssl.SSLContext | None = None):
    """A server that gives each connection in turn to one of `answers`; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    if trust is None:
                        answer(connection)
                    else:
                        with trust.wrap_socket(connection, server_side=True) as wrapped:
                            answer(wrapped)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join()


def answers(times: int) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for _ in range(times):
            if connection.recv(65_536):
                connection.sendall(OK)

    return answer


def plain(port: int) -> Wire:
    return Wire(Address(f"http://127.0.0.1:{port}", "kv", verify=False))


def get(opened: Wire) -> Reply:
    return opened.exchange("GET", "/v1/x", {}, None)


def test_exchange__again_and_again__uses_one_connection():
    with listening(answers(3)) as port:
        opened = plain(port)

        found = [get(opened) for _ in range(3)]

        assert found == [Reply(200, b"{}")] * 3


def test_exchange__server_closed_the_kept_connection__takes_another():
    closed = threading.Event()

    def answer_once(connection: socket.socket) -> None:
        answers(1)(connection)
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with listening(answer_once, answers(1)) as port:
        opened = plain(port)
        get(opened)
        closed.wait(5)

        assert get(opened).status == 200


def test_exchange__nothing_listens__is_unavailable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused

        with pytest.raises(PortUnavailable, match=r"cannot be reached \(Connection refused\)"):
            get(plain(taken.getsockname()[1]))


def test_exchange__host_is_unknown__is_unavailable():
    with pytest.raises(PortUnavailable, match="cannot be reached"):
        get(Wire(Address("http://no.such.host.invalid:1", "kv", verify=False)))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda connection: connection.recv(10), "hung up"),
        (lambda connection: connection.sendall(b"220 mail.test ESMTP\r\n"), "no Vault"),
    ],
)
def test_exchange__no_answer_of_a_vault__is_unavailable(answer, said):
    with listening(answer) as port, pytest.raises(PortUnavailable, match=said):
        get(plain(port))


def test_exchange__silence__is_unavailable_after_the_time_out(monkeypatch):
    monkeypatch.setattr(wire, "READ_TIMEOUT_S", 0.05)
    gave_up = threading.Event()

    with listening(lambda connection: gave_up.wait(5)) as port:
        with pytest.raises(PortUnavailable, match=r"did not answer within 0\.05 s"):
            get(plain(port))
        gave_up.set()


def moved(target: str) -> Callable[[socket.socket], None]:
    text = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"

    def answer(connection: socket.socket) -> None:
        while connection.recv(65_536):
            connection.sendall(text.encode())

    return answer


def test_exchange__standby_names_the_active_node__is_asked_there():
    asked = []

    def active(connection: socket.socket) -> None:
        asked.append(connection.recv(65_536).decode())
        connection.sendall(OK)

    with listening(active) as port:
        standby = moved(f"http://127.0.0.1:{port}/v1/x?list=true")
        with listening(standby) as other:
            opened = plain(other)

            found = opened.exchange("GET", "/v1/x?list=true", {"X-Vault-Token": "t"}, None)

            assert found.content == b"{}"
            del opened
    assert asked[0].startswith("GET /v1/x?list=true ")
    assert "X-Vault-Token: t" in asked[0]


def test_exchange__sent_round_in_circles__is_unavailable():
    with listening(lambda connection: moved(f"http://127.0.0.1:{port}/v1/x")(connection)) as port:
        opened = plain(port)

        with pytest.raises(PortUnavailable, match="in circles"):
            get(opened)
        del opened


def test_wire__given_up__closes_what_it_kept():
    ended = threading.Event()

    def answer_and_wait(connection: socket.socket) -> None:
        answers(1)(connection)
        if connection.recv(10) == b"":
            ended.set()

    with listening(answer_and_wait) as port:
        opened = plain(port)
        get(opened)

        del opened

        assert ended.wait(5)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vault")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "vault.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate)
    return found


def test_exchange__authority_is_named__speaks_tls(certificate: Path, trust: ssl.SSLContext):
    with listening(answers(2), trust=trust) as port:
        opened = Wire(Address(f"https://127.0.0.1:{port}", "kv", verify=str(certificate)))

        assert [get(opened).status for _ in range(2)] == [200, 200]


def test_exchange__own_certificate_is_asked_for__is_shown(certificate: Path, trust: ssl.SSLContext):
    trust.verify_mode = ssl.CERT_REQUIRED
    trust.load_verify_locations(certificate)
    shown = (str(certificate), str(certificate))

    with listening(answers(1), trust=trust) as port:
        address = Address(
            f"https://127.0.0.1:{port}", "kv", verify=str(certificate), certificate=shown
        )
        assert get(Wire(address)).status == 200


def test_exchange__authority_is_unknown__is_unavailable_and_says_how_to_name_it(
    trust: ssl.SSLContext,
):
    with (
        listening(answers(1), trust=trust) as port,
        pytest.raises(PortUnavailable, match=r"CERTIFICATE_VERIFY_FAILED.*ca=/path"),
    ):
        get(Wire(Address(f"https://127.0.0.1:{port}", "kv")))


def test_exchange__server_speaks_no_tls__says_how_to_write_that():
    with scripted() as vault:
        address = Address(vault.address.server.replace("http:", "https:"), "kv")

        with pytest.raises(PortUnavailable, match=r"no TLS with it.*tls=off"):
            get(Wire(address))


def test_wire__authority_is_no_certificate__is_invalid(tmp_path: Path):
    (tmp_path / "ca").write_text("nonsense")

    with pytest.raises(Invalid, match="TLS file of a vault: URL cannot be used"):
        Wire(Address("https://v:1", "kv", verify=f"{tmp_path}/ca"))
