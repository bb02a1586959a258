"""The stack's Vault as tests use it: mounts of their own, and the operator's hands.

Addresses come from the variables that `make stack` writes.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import hvac

from vamp.drivers.kv.vault.store import VaultStore
from vamp.dsn import Dsn
from vamp.ports.kv import KeyValueStore

PATIENCE_S = 30.0

KEY = "acme/production/gateways/manifest"
PLACE = {"organisation": "acme", "environment": "production"}


@dataclass(frozen=True)
class Mount:
    """A mount of one test run. Picklable, and callable to open the store, as a contract wants it."""

    name: str
    key: str

    @property
    def url(self) -> str:
        return url_of(self.name)

    def __call__(self) -> KeyValueStore:
        return self.opened_with(self.key)

    def opened_with(self, key: str) -> VaultStore:
        return VaultStore.from_dsn(Dsn.parse(self.url), key=key)

    def empty(self) -> None:
        store = self()
        for key in store.keys(""):
            store.delete(key)


def server() -> str:
    """``http://host:port``."""
    return os.environ["VAMP_STACK_VAULT_ADDR"]


def url_of(mount: str) -> str:
    tls = "" if server().startswith("https") else "?tls=off"
    return f"vault://{urlsplit(server()).netloc}/{mount}{tls}"


def root_token() -> str:
    return Path(os.environ["VAMP_STACK_VAULT_ROOT_TOKEN_FILE"]).read_text().strip()


def operator() -> hvac.Client:
    """hvac with the root token: the hands of whoever runs the Vault."""
    return hvac.Client(url=server(), token=root_token(), timeout=10)


def unseal() -> None:
    """Unseal, and wait until the node serves again."""
    client = operator()
    key = Path(os.environ["VAMP_STACK_VAULT_UNSEAL_KEY_FILE"]).read_text().strip()
    client.sys.submit_unseal_key(key)
    until = time.monotonic() + PATIENCE_S
    while not _serves(client):
        assert time.monotonic() < until, "Vault did not come back"
        time.sleep(0.02)


def stack(verb: str) -> None:
    """``kill`` or ``start`` the stack's Vault; the latter also unseals it."""
    command = [sys.executable, "-m", "deploy.stack", verb, "vault"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _serves(client: hvac.Client) -> bool:
    """Tell whether the node is unsealed and active: only then can it look a token up."""
    try:
        client.auth.token.lookup_self()
    except hvac.exceptions.VaultError:
        return False
    return True


@contextmanager
def fresh_mount() -> Iterator[Mount]:
    """Mount KV v2 under a name of its own, wait until it works, and take it away afterwards."""
    client, name = operator(), f"test-{secrets.token_hex(4)}"
    client.sys.enable_secrets_engine("kv", path=name, options={"version": "2"})
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            client.secrets.kv.v2.read_configuration(mount_point=name)
            break
        except hvac.exceptions.InvalidRequest:  # "Upgrading from non-versioned to versioned data"
            assert time.monotonic() < until, "the mount did not become ready"
            time.sleep(0.05)
    try:
        yield Mount(name, f"token:{client.token}")
    finally:
        client.sys.disable_secrets_engine(name)
