"""A certificate authority of the stack's own, and what it signs."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.stack.state import write_private

VALID = datetime.timedelta(days=3650)
BACKDATED = datetime.timedelta(hours=1)
"""For clocks that are behind ours."""


def private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the private key in the file `path`, made the first time."""
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, pem.decode())
    read = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(read, ec.EllipticCurvePrivateKey), f"{path} holds another kind of key"  # noqa: S101
    return read


def write_public_key(private: ec.EllipticCurvePrivateKey, path: Path) -> None:
    """Write the public half of `private` to `path`."""
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    path.write_bytes(pem)


def write_authority(key: ec.EllipticCurvePrivateKey, path: Path) -> None:
    """Write a certificate with which `key` may sign others to `path`."""
    name = _name("vamp-stack")
    builder = (
        _begun(name, key)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def write_server(
    key: ec.EllipticCurvePrivateKey,
    path: Path,
    *,
    authority: Path,
    signer: ec.EllipticCurvePrivateKey,
    hosts: Sequence[str],
    addresses: Sequence[str],
) -> None:
    """Write a server's certificate for `hosts` and IP `addresses` to `path`.

    Args:
        key: the server's own.
        path: of the certificate.
        authority: certificate of the one who signs.
        signer: its key.
        hosts: names.
        addresses: IP addresses.
    """
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    names = [
        *(x509.DNSName(host) for host in hosts),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    builder = (
        _begun(_name("kube-apiserver"), key)
        .issuer_name(issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    path.write_bytes(builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _begun(name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)  # noqa: TID251 certificates are of the real time
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALID)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
