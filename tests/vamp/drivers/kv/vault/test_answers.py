"""What a Vault says, whole answers as a real one gives them, and what the driver makes of it."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest
import requests

from tests.vamp.drivers.kv.vault.scripted import DENIED, SELF, scripted
from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.answers import port_error
from vamp.drivers.kv.vault.credentials import Token
from vamp.drivers.kv.vault.session import Session
from vamp.drivers.kv.vault.store import VaultStore
from vamp.ports.errors import PortRefused, PortUnavailable, RevisionConflict

KEY = "acme/production/environment"

ANSWERS = [
    (503, {"errors": ["Vault is sealed"]}, PortUnavailable, "it is sealed; unseal it"),
    (503, "no healthy upstream", PortUnavailable, "failed to write acme"),
    (501, {"errors": ["Vault is not initialized"]}, PortUnavailable, "not initialised"),
    (500, {"errors": ["internal error"]}, PortUnavailable, "internal error"),
    (502, "<html>", PortUnavailable, "failed to write"),
    (504, "<html>", PortUnavailable, "failed to write"),
    (429, {"errors": ["request path: rate limit quota exceeded"]}, PortUnavailable, "rate limit"),
    (
        500,
        {"errors": ["local node not active but active cluster node not found"]},
        PortUnavailable,
        "standby and there is no active node",
    ),
    (
        400,
        {"errors": ["Upgrading from non-versioned to versioned data. This backend will be …"]},
        PortUnavailable,
        "being prepared",
    ),
    (
        400,
        {"errors": ["check-and-set parameter did not match the current version"]},
        RevisionConflict,
        "acme/production/environment: the key is at another revision",
    ),
    (
        400,
        {"errors": ["check-and-set parameter required for this call"]},
        PortRefused,
        "set cas_required=false",
    ),
    (
        413,
        {"errors": ["put failed due to value being too large; got 1 bytes, max: 1"]},
        PortRefused,
        "larger than its storage takes",
    ),
    (
        500,
        {"errors": ["put failed due to value being too large; got 1 bytes, max: 1"]},
        PortRefused,
        "larger than its storage takes",
    ),
    (413, {"errors": ["http: request body too large"]}, PortRefused, "larger than"),
    (
        404,
        {"errors": ['no handler for route "kv/data/acme". route entry not found.']},
        PortRefused,
        "nothing is mounted there; check the mount",
    ),
    (405, {"errors": ["1 error occurred:\n\t* unsupported operation"]}, PortRefused, "refused to"),
    (400, {"errors": ["bad request"]}, PortRefused, "bad request"),
    (401, {"errors": ["who are you"]}, PortRefused, "who are you"),
    (
        400,
        "Client sent an HTTP request to an HTTPS server.\n",
        PortRefused,
        "it speaks TLS; leave tls=off out",
    ),
    (*DENIED, PortRefused, "does not allow us to write acme/production/environment"),
    (204, "", PortRefused, "has no KV version 2 at kv"),
    (200, "<html>", PortRefused, "has no KV version 2 at kv"),
]


@pytest.mark.parametrize(("status", "body", "kind", "said"), ANSWERS)
def test_put__answered_so__says_what_is_wrong_and_what_to_do(status, body, kind, said):
    with scripted(lambda asked: (status, body) if asked.method == "POST" else None) as vault:
        with pytest.raises(kind) as caught:
            vault.store("token:hunter2").put(KEY, "s3cret", expected=1)

        assert said in str(caught.value)
        assert vault.address.server in str(caught.value)
        assert "hunter2" not in str(caught.value) + repr(caught.value)
        assert "s3cret" not in str(caught.value) + repr(caught.value)
        assert [asked.method for asked in vault.asked].count("POST") == 1


def test_get__token_is_unknown__is_refused_with_what_to_do():
    with (
        scripted(lambda asked: DENIED) as vault,
        pytest.raises(PortRefused, match="does not accept the token: it expired or was revoked"),
    ):
        vault.store().get(KEY)

    assert vault.paths() == [SELF, f"/v1/kv/data/{KEY}", SELF]


def store_at(server: str, verify: bool | str = True) -> VaultStore:
    address = Address(server, "kv", verify=verify)
    return VaultStore(address, Session(address, Token("x")))


def test_get__nothing_listens__is_unavailable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        port = taken.getsockname()[1]

        with pytest.raises(
            PortUnavailable, match=f"https://127.0.0.1:{port}: it cannot be reached"
        ):
            store_at(f"https://127.0.0.1:{port}").get(KEY)


def test_get__server_hangs_up__is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        store = store_at(f"http://127.0.0.1:{port}")
        server.settimeout(5)

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(10)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(PortUnavailable, match="cannot be reached or hung up"):
            store.get(KEY)
        thread.join()


def test_get__server_speaks_no_tls__says_how_to_write_that():
    with scripted() as vault, pytest.raises(PortUnavailable, match=r"no TLS with it.*tls=off"):
        store_at(vault.address.server.replace("http:", "https:")).get(KEY)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (requests.exceptions.SSLError(ssl.SSLError("unable to get local issuer")), "not trusted"),
        (requests.exceptions.ConnectTimeout(), "cannot be reached"),
        (requests.exceptions.ReadTimeout(), "did not answer in time"),
        (requests.exceptions.TooManyRedirects(), "no Vault"),
        (requests.exceptions.InvalidJSONError(), "no Vault"),
    ],
)
def test_port_error__not_reached__is_unavailable_for_its_reason(error, said):
    found = port_error(error, Address("https://v:1", "kv"), "read it")

    assert isinstance(found, PortUnavailable)
    assert said in str(found)
