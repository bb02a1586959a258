"""Encryption of the embedded key-value store: a key for each namespace, derived from one master key.

AES-256-GCM with a random 96-bit nonce for each write (NIST SP 800-38D: safe for 2³² writes of one
key), HKDF-SHA256 (RFC 5869) for the derivation. A sealed value is bound to the path of its key, so
that a file put under another name does not open. What this does not show: somebody who may write
the folder can put back an older file of the same key.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vamp.drivers.kv.names import namespace, segments
from vamp.errors import Fault, Invalid
from vamp.ports.errors import PortRefused
from vamp.ports.kv import Entry

MASTER_KEY_BYTES = 32
_MAGIC = b"VKV1"
_NONCE_BYTES = 12
_HEADER_BYTES = len(_MAGIC) + _NONCE_BYTES
_REVISION = struct.Struct(">Q")


def namespace_key(master: bytes, prefix: str) -> bytes:
    """Derive the key of one namespace, 32 bytes. It opens that namespace and nothing else.

    Args:
        master: the installation's master key, at least 32 bytes.
        prefix: ``<organisation>/<environment>``, or ``<organisation>`` for what is the
            organisation's own (not its environments).
    """
    derivation = HKDF(
        algorithm=SHA256(), length=32, salt=b"vamp key-value store 1", info=prefix.encode()
    )
    return derivation.derive(master)


def agent_key(master: bytes, organisation: str, environment: str) -> str:
    """Return the key text that lets an agent open its environment: ``env:acme/prod:<base64>``."""
    prefix = f"{organisation}/{environment}"
    return f"env:{prefix}:{base64.b64encode(namespace_key(master, prefix)).decode()}"


def parse_key(text: str) -> tuple[bytes | None, dict[str, bytes]]:
    """Read a key's text: base64 of a master key, or what `agent_key` gave.

    Returns:
        The master key or None, and the keys of single namespaces.

    Raises:
        Invalid: it is neither. The message does not repeat it.
    """
    hint = "give the master key as base64, or env:<organisation>/<environment>:<base64>"
    prefix, encoded = "", text.strip()
    if encoded.startswith("env:"):
        _, prefix, encoded = (*encoded.split(":", 2), "", "")[:3]
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < MASTER_KEY_BYTES:
        raise Invalid(faults=[Fault("", "not a key of the key-value store", hint, code="key")])
    if not text.strip().startswith("env:"):
        return key, {}
    if not prefix or len(key) != MASTER_KEY_BYTES:
        raise Invalid(faults=[Fault("", "not an environment's key", hint, code="key")])
    return None, {prefix: key}


class Keyring:
    """Seals and opens values with the keys at hand. Safe between threads.

    Args:
        master: opens every namespace.
        namespace_keys: namespace → its own key; what an agent is given instead of the master.

    Raises:
        PortRefused: a key is too short.
    """

    def __init__(self, *, master: bytes | None, namespace_keys: Mapping[str, bytes]) -> None:
        if master is not None and len(master) < MASTER_KEY_BYTES:
            raise PortRefused(f"the master key is shorter than {MASTER_KEY_BYTES} bytes")
        if any(len(key) != MASTER_KEY_BYTES for key in namespace_keys.values()):
            raise PortRefused(f"a namespace's key must have {MASTER_KEY_BYTES} bytes")
        self._master = master
        self._ciphers = {name: AESGCM(key) for name, key in namespace_keys.items()}

    @property
    def opens_everything(self) -> bool:
        """Whether the master key is at hand."""
        return self._master is not None

    def check(self, name: str) -> None:
        """Make sure that the namespace `name` can be opened.

        Raises:
            PortRefused: the key at hand is another namespace's.
        """
        self._cipher(name)

    def seal(self, key: str, *, revision: int, value: bytes) -> bytes:
        """Return what to store for `key`.

        Raises:
            PortRefused: the keys at hand are other namespaces'.
        """
        nonce = os.urandom(_NONCE_BYTES)
        clear = _REVISION.pack(revision) + value
        sealed = self._cipher(namespace(segments(key))).encrypt(nonce, clear, _bound_to(key))
        return _MAGIC + nonce + sealed

    def open(self, key: str, sealed: bytes) -> Entry:
        """Return what `seal` sealed for `key`.

        Raises:
            PortRefused: another key sealed it, or it was altered, cut short or moved here.
        """
        cipher = self._cipher(namespace(segments(key)))
        magic, nonce, body = (
            sealed[: len(_MAGIC)],
            sealed[len(_MAGIC) : _HEADER_BYTES],
            sealed[_HEADER_BYTES:],
        )
        clear = _decrypted(cipher, nonce, body, _bound_to(key)) if magic == _MAGIC else None
        if clear is None:
            raise PortRefused(
                f"{key} does not open: the store's key is another one, or the file was altered"
            )
        (revision,) = _REVISION.unpack_from(clear)
        return Entry(value=clear[_REVISION.size :].decode(), revision=revision)

    def _cipher(self, name: str) -> AESGCM:
        cipher = self._ciphers.get(name)
        if cipher is None:
            if self._master is None:
                raise PortRefused(f"the key at hand does not open the namespace {name}")
            cipher = self._ciphers[name] = AESGCM(namespace_key(self._master, name))
        return cipher


def _bound_to(key: str) -> bytes:
    return _MAGIC + b"\0" + key.encode()


def _decrypted(cipher: AESGCM, nonce: bytes, body: bytes, bound_to: bytes) -> bytes | None:
    if len(nonce) < _NONCE_BYTES:
        return None
    try:
        return cipher.decrypt(nonce, body, bound_to)
    except InvalidTag:
        return None
