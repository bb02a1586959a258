import ssl

import pytest

from deploy.stack.components.kubernetes.certificates import (
    private_key,
    write_authority,
    write_public_key,
    write_server,
)


@pytest.fixture
def server_context(tmp_path):
    """A server's side of TLS, with its certificate signed by ``ca.crt``."""
    signer, key = private_key(tmp_path / "ca.key"), private_key(tmp_path / "server.key")
    write_authority(signer, tmp_path / "ca.crt")
    write_server(
        key,
        tmp_path / "server.crt",
        authority=tmp_path / "ca.crt",
        signer=signer,
        hosts=["localhost"],
        addresses=["127.0.0.1"],
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    return context


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Let both talk through memory until they agree."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(5):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ours.version() == "TLSv1.3"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_server__asked_by_a_client_that_trusts_the_authority__is_believed(
    tmp_path, server_context, name
):
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT

    shake_hands(server_context, client, name)


def test_server__under_another_name__is_not_believed(tmp_path, server_context):
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))

    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        shake_hands(server_context, client, "vault.example.org")


def test_private_key__asked_for_again__is_the_same_and_closed_to_others(tmp_path):
    first = private_key(tmp_path / "a.key")

    assert private_key(tmp_path / "a.key").private_numbers() == first.private_numbers()
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600


def test_write_public_key__of_a_key__holds_no_private_part(tmp_path):
    write_public_key(private_key(tmp_path / "a.key"), tmp_path / "a.pub")

    assert "BEGIN PUBLIC KEY" in (tmp_path / "a.pub").read_text()
    assert "PRIVATE" not in (tmp_path / "a.pub").read_text()
