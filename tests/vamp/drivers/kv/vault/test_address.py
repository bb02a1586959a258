from __future__ import annotations

import pytest

from vamp.drivers.kv.vault.address import Address
from vamp.dsn import Dsn
from vamp.errors import Invalid


def parsed(url: str) -> Address:
    return Address.from_dsn(Dsn.parse(url))


@pytest.mark.parametrize(
    ("url", "server", "mount"),
    [
        ("vault://vault.test/kv", "https://vault.test:8200", "kv"),
        ("vault://vault.test:8300/team/vamp/", "https://vault.test:8300", "team/vamp"),
        ("vault://127.0.0.1:8200/kv?tls=off", "http://127.0.0.1:8200", "kv"),
        ("vault://[::1]:8200/kv?tls=on", "https://[::1]:8200", "kv"),
    ],
)
def test_address__of_a_url__is_server_and_mount(url, server, mount):
    found = parsed(url)

    assert (found.server, found.mount) == (server, mount)
    assert str(found) == f"Vault at {server}"


def test_address__with_every_option__holds_them(tmp_path):
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text("pem")

    found = parsed(
        f"vault://v/kv?ca={tmp_path}/ca&cert={tmp_path}/cert&key={tmp_path}/key"
        "&namespace=team/vamp/&auth=apps"
    )

    assert found.verify == f"{tmp_path}/ca"
    assert found.certificate == (f"{tmp_path}/cert", f"{tmp_path}/key")
    assert (found.namespace, found.approle_mount) == ("team/vamp", "apps")


def test_address__with_tls_off__verifies_nothing():
    assert parsed("vault://v/kv?tls=off").verify is False
    assert parsed("vault://v/kv").verify is True


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("vault://v", "not the URL of a mount"),
        ("vault:///kv", "not the URL of a mount"),
        ('vault://v/kv"*', "not the URL of a mount"),
        ("vault://v/../sys", "not the URL of a mount"),
        ("vault://:hunter2@v/kv", "holds no secret"),
        ("vault://v/kv?token=hunter2", "unknown option token"),
        ("vault://v/kv?tls=no", "neither on nor off"),
        ("vault://v/kv?cert=/x", "cert and key"),
        ("vault://v/kv?ca=/no/such/file", "option ca of a vault: URL names no file"),
        ("vault://v/kv?tls=off&ca=/etc/hostname", "needs TLS"),
        ("vault://v/kv?namespace=", "namespace of a vault: URL is not a path"),
        ("vault://v/kv?auth=a b", "auth of a vault: URL is not a path"),
    ],
)
def test_address__not_right__says_what_and_never_the_secret(url, said):
    with pytest.raises(Invalid) as caught:
        parsed(url)

    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)
