"""hvac's questions as they go over the wire, and answers as they come back to hvac."""

from __future__ import annotations

import pytest
from hvac import exceptions

from tests.vamp.drivers.kv.vault.scripted import ScriptedVault, scripted
from vamp.drivers.kv.vault.adapter import WireAdapter
from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.wire import Reply, Wire


def adapter(vault: ScriptedVault, *, shown: str = "t", namespace: str = "") -> WireAdapter:
    address = Address(vault.address.server, "kv", verify=False, namespace=namespace)
    return WireAdapter(Wire(address), address, shown)


def test_request__with_everything__sends_it():
    with scripted(lambda asked: (200, {"data": {}})) as vault:
        answer = adapter(vault, namespace="team").post(
            "/v1/x", json={"value": "ü"}, params={"a": "b c"}, wrap_ttl="60s"
        )

        asked = vault.asked[0]
    assert answer == {"data": {}}
    assert (asked.method, asked.path, asked.token) == ("POST", "/v1/x?a=b+c", "t")
    assert asked.body == {"value": "ü"}
    sent = {name: asked.headers.get(name) for name in ("X-Vault-Namespace", "X-Vault-Wrap-TTL")}
    assert sent == {"X-Vault-Namespace": "team", "X-Vault-Wrap-TTL": "60s"}


def test_request__to_list__is_a_get_that_every_proxy_lets_pass():
    with scripted() as vault, pytest.raises(exceptions.InvalidPath):
        adapter(vault).list("/v1/kv/metadata/")

    assert [(asked.method, asked.path) for asked in vault.asked] == [
        ("GET", "/v1/kv/metadata?list=true")
    ]


def test_request__without_token__shows_none():
    with scripted(lambda asked: (200, {})) as vault:
        adapter(vault, shown="").get("/v1/x")

        assert "X-Vault-Token" not in vault.asked[0].headers


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (403, {"errors": ["permission denied"]}, exceptions.Forbidden, "permission denied"),
        (404, {"errors": []}, exceptions.InvalidPath, "None"),
        (502, "<html>", exceptions.BadGateway, "<html>"),
        (418, {"errors": ["tea"]}, exceptions.UnexpectedError, "tea"),
    ],
)
def test_request__refused__is_hvacs_error(status, body, kind, said):
    with scripted(lambda asked: (status, body)) as vault, pytest.raises(kind) as caught:
        adapter(vault).get("/v1/x")

    assert caught.value.args == (None if said == "None" else said,)


def test_request__refused_but_not_to_be_raised__is_the_reply():
    with scripted(lambda asked: (404, {"errors": []})) as vault:
        found = adapter(vault).get("/v1/x", raise_exception=False)

    assert isinstance(found, Reply)
    assert found.status == 404


def test_request__nothing_comes_back__is_the_reply():
    with scripted(lambda asked: (204, "")) as vault:
        assert adapter(vault).delete("/v1/x") == Reply(204, b"")


def test_login__by_hvac__takes_the_token():
    with scripted(lambda asked: (200, {"auth": {"client_token": "new"}})) as vault:
        opened = adapter(vault)

        opened.login("/v1/auth/approle/login", json={})

        assert opened.token == "new"
