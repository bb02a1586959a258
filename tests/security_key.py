"""A security key in software: what a browser would hand over of one, for tests without a browser."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

PRESENT = AuthenticatorData.FLAG.UP


class SecurityKey:
    """One key pair, for one host name."""

    def __init__(self, host: str = "localhost") -> None:
        self.host = host
        self.id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def register(self, challenge: str, origin: str = "") -> dict[str, Any]:
        """Answer a request to make a credential."""
        public = ES256.from_cryptography_key(self._key.public_key())
        made = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        held = AuthenticatorData.create(
            self._host_hash, PRESENT | AuthenticatorData.FLAG.AT, 0, made
        )
        attestation = AttestationObject.create("none", held, {})
        return self._answer(
            clientDataJSON=websafe_encode(self._told("webauthn.create", challenge, origin)),
            attestationObject=websafe_encode(attestation),
        )

    def sign(self, challenge: str, origin: str = "") -> dict[str, Any]:
        """Answer a request to prove that it is there."""
        told = self._told("webauthn.get", challenge, origin)
        held = AuthenticatorData.create(self._host_hash, PRESENT, 1)
        signature = self._key.sign(held + hashlib.sha256(told).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=websafe_encode(told),
            authenticatorData=websafe_encode(held),
            signature=websafe_encode(signature),
            userHandle="",
        )

    @property
    def _host_hash(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()

    def _told(self, kind: str, challenge: str, origin: str) -> bytes:
        content = {"type": kind, "challenge": challenge, "origin": origin or f"https://{self.host}"}
        return json.dumps(content).encode()

    def _answer(self, **response: str) -> dict[str, Any]:
        own = websafe_encode(self.id)
        return {
            "type": "public-key", "id": own, "rawId": own, "response": response,
            "clientExtensionResults": {},
        }  # fmt: skip
