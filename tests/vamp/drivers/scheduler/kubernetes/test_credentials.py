"""Credentials: from a secret, from a pod's own folder."""

from __future__ import annotations

import json
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vamp.drivers.clock.system import SystemClock
from vamp.drivers.scheduler.kubernetes.credentials import Credentials, FileToken, InCluster
from vamp.errors import Invalid


def self_signed() -> tuple[str, str]:
    """Return a certificate and its key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def test_parse__token_and_authority__are_kept_and_never_shown():
    found = Credentials.parse(json.dumps({"token": " hunter2\n", "ca": "PEM"}))

    assert (found.token, found.ca) == ("hunter2", "PEM")
    assert "hunter2" not in repr(found)


def test_parse__nothing__is_no_credentials():
    assert Credentials.parse(" ") == Credentials()


@pytest.mark.parametrize("secret", ["hunter2", '["hunter2"]', '{"hunter2": "x"}', '{"token": 7}'])
def test_parse__anything_else__is_refused_without_repeating_it(secret):
    with pytest.raises(Invalid) as caught:
        Credentials.parse(secret)

    assert "hunter2" not in str(caught.value)


def test_tls__with_authority_and_client_certificate__takes_both():
    certificate, key = self_signed()

    context = Credentials(ca=certificate, certificate=certificate, key=key).tls()

    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.cert_store_stats()["x509"] == 1


@pytest.mark.parametrize("field", ["ca", "certificate"])
def test_tls__text_that_is_no_pem__is_refused_without_repeating_it(field):
    with pytest.raises(Invalid) as caught:
        Credentials(**{field: "hunter2"}).tls()

    assert "hunter2" not in str(caught.value)


def test_trusting__file__counts_only_where_there_is_no_authority(tmp_path):
    (tmp_path / "ca").write_text("PEM\n")

    assert Credentials().trusting(str(tmp_path / "ca")).ca == "PEM"
    assert Credentials(ca="own").trusting(str(tmp_path / "ca")).ca == "own"
    assert Credentials().trusting("").ca == ""
    with pytest.raises(Invalid, match="cannot be read"):
        Credentials().trusting(str(tmp_path / "none"))


def test_in_cluster__of_a_pod__is_where_it_runs(tmp_path, monkeypatch):
    for name, text in (("ca.crt", "PEM"), ("namespace", "team\n"), ("token", "hunter2\n")):
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "6443")

    found = InCluster.read(tmp_path)

    assert (found.address, found.ca, found.namespace) == ("https://[fd00::1]:6443", "PEM", "team")
    assert found.token() == "hunter2"


def test_in_cluster__elsewhere__says_what_to_write(tmp_path, monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(Invalid, match="runs in no pod"):
        InCluster.read(tmp_path)


def test_file_token__renewed__is_read_again_after_a_minute(tmp_path, monkeypatch):
    file, at = tmp_path / "token", [0.0]
    file.write_text("first")
    monkeypatch.setattr("time.monotonic", lambda: at[0])
    token = FileToken(file)

    assert token() == "first"
    file.write_text("second")
    assert token() == "first"
    at[0] = 60.0
    assert token() == "second"
    file.unlink()
    at[0] = 120.0
    assert token() == "second"


def test_file_token__never_there__is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        FileToken(tmp_path / "none")()
