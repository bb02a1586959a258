"""The store itself: every operation of the port as requests to KV v2."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from hvac import exceptions as vault
from hvac.api.secrets_engines import KvV2

from vamp.drivers.kv.names import prefix_segments, segments, value_bytes
from vamp.drivers.kv.vault.adapter import WireAdapter
from vamp.drivers.kv.vault.address import Address
from vamp.drivers.kv.vault.answers import port_errors
from vamp.drivers.kv.vault.check import check_vault, prepare_mount
from vamp.drivers.kv.vault.credentials import parse_credentials
from vamp.drivers.kv.vault.session import Session
from vamp.drivers.kv.vault.values import fields_of, value_of
from vamp.drivers.observed import observed
from vamp.dsn import Dsn
from vamp.ports.checks import Checked
from vamp.ports.errors import PortRefused
from vamp.ports.kv import Entry


class VaultStore:
    """Implements `vamp.ports.kv.KeyValueStore`. Safe between threads, and usable after a fork.

    An entry has the one field ``value``. Connections are kept. Nothing is repeated but a question
    whose token was dead. Cost: a request each, but `keys` one for each folder.

    Deviations: a key whose newest version somebody soft-deleted by hand (``vault kv delete``) is
    none for `get` and can be written anew, where its revisions go on; `keys` still names it.

    Args:
        address: which mount of which Vault.
        session: asks it with a living token.
    """

    def __init__(self, address: Address, session: Session) -> None:
        self._address = address
        self._mount = address.mount
        self._session = session

    @classmethod
    def from_dsn(cls, dsn: Dsn, *, key: str = "") -> VaultStore:
        """Open the store at ``vault://host:port/mount``. Asks nothing of the server yet.

        Args:
            dsn: see `Address`.
            key: ``token:…`` or ``approle:…:…``.

        Raises:
            Invalid: the URL or the key has not the right form.
        """
        address = Address.from_dsn(dsn)
        return cls(address, Session(address, parse_credentials(key)))

    def get(self, key: str) -> Entry | None:
        """See the port."""
        segments(key)
        with observed("vault", "get"), port_errors(self._address, f"read {key}"):
            answer = self._session.ask(lambda adapter: self._read(adapter, key))
            if answer is None:
                return None
            try:
                fields, revision = answer["data"]["data"], answer["data"]["metadata"]["version"]
            except (KeyError, TypeError):
                raise self._is_no_kv2() from None
        return self._entry(key, fields, revision)

    def put(self, key: str, value: str, *, expected: int | None = None) -> int:
        """See the port."""
        segments(key)
        fields = fields_of(value, value_bytes(value))
        with observed("vault", "put"), port_errors(self._address, f"write {key}"):
            try:
                return self._write(key, fields, expected)
            except vault.InvalidRequest as error:
                buried = self._buried(key) if expected == 0 and _is_conflict(error) else None
                if buried is None:
                    raise
            return self._write(key, fields, buried)

    def delete(self, key: str) -> None:
        """See the port."""
        segments(key)
        with observed("vault", "delete"), port_errors(self._address, f"delete {key}"):
            self._session.ask(
                lambda adapter: KvV2(adapter).delete_metadata_and_all_versions(
                    key, mount_point=self._mount
                )
            )

    def keys(self, prefix: str) -> Sequence[str]:
        """See the port. Names of others in the mount that cannot be keys are left out."""
        found = prefix_segments(prefix)
        with observed("vault", "keys"), port_errors(self._address, f"list {prefix}"):
            own = ["/".join(found)] if len(found) > 1 and self._is_there("/".join(found)) else []
            return sorted((*own, *self._below("/".join(found))))

    def wait(self, prefix: str, *, timeout_s: float) -> bool:
        """See the port. Vault cannot tell of changes: sleeps."""
        prefix_segments(prefix)
        time.sleep(timeout_s)
        return False

    def watch(self, prefix: str) -> NoHints:
        """See the port. Vault cannot tell of changes: never yields."""
        prefix_segments(prefix)
        return NoHints()

    def check(self, place: str) -> Checked:
        """See the port."""
        with observed("vault", "check"):
            return check_vault(self._address, self._session, self, place)

    def prepare(self) -> None:
        """See the port. Enables KV version 2 at the mount."""
        with observed("vault", "prepare"):
            prepare_mount(self._address, self._session)

    def _read(self, adapter: WireAdapter, key: str) -> Any:
        """Return the answer, or None where there is no living version."""
        try:
            return KvV2(adapter).read_secret_version(
                key, mount_point=self._mount, raise_on_deleted_version=True
            )
        except vault.InvalidPath as error:
            if error.errors:  # an answer about the mount, not about the key
                raise
            return None

    def _write(self, key: str, fields: dict[str, str], expected: int | None) -> int:
        answer = self._session.ask(
            lambda adapter: KvV2(adapter).create_or_update_secret(
                key, fields, cas=expected, mount_point=self._mount
            )
        )
        try:
            return int(answer["data"]["version"])
        except (KeyError, TypeError):
            raise self._is_no_kv2() from None

    def _buried(self, key: str) -> int | None:
        """Return the newest revision of a key if somebody soft-deleted it, else None."""
        metadata = self._metadata(key)
        newest = metadata["current_version"] if metadata else 0
        version = metadata["versions"].get(str(newest)) if metadata else None
        is_buried = version is not None and (version["deletion_time"] or version["destroyed"])
        return int(newest) if is_buried else None

    def _is_there(self, key: str) -> bool:
        return self._metadata(key) is not None and self._buried(key) is None

    def _metadata(self, key: str) -> dict[str, Any] | None:
        def read(adapter: WireAdapter) -> Any:
            return KvV2(adapter).read_secret_metadata(key, mount_point=self._mount)

        try:
            data: dict[str, Any] = self._session.ask(read)["data"]
        except vault.InvalidPath as error:
            if error.errors:
                raise
            return None
        return data

    def _below(self, folder: str) -> Iterator[str]:
        for name in self._listed(folder):
            path = f"{folder}/{name}" if folder else name
            if name.endswith("/"):
                if _is_allowed(path):
                    yield from self._below(path.removesuffix("/"))
            elif "/" in path and _is_allowed(path):
                yield path

    def _listed(self, folder: str) -> Sequence[str]:
        def read(adapter: WireAdapter) -> Any:
            return KvV2(adapter).list_secrets(folder, mount_point=self._mount)

        try:
            names: Sequence[str] = self._session.ask(read)["data"]["keys"]
        except vault.InvalidPath as error:
            if error.errors:
                raise
            return ()
        return names

    def _entry(self, key: str, fields: Any, revision: int) -> Entry:
        value = value_of(fields) if isinstance(fields, dict) else None
        if value is None:
            raise PortRefused(
                f"{key} in {self._address} was not written by Vamp: it has no field value;"
                " delete it there"
            )
        return Entry(value=value, revision=revision)

    def _is_no_kv2(self) -> PortRefused:
        return PortRefused(
            f"{self._address} has no KV version 2 at {self._mount}; enable it there, or name"
            " another mount in the URL"
        )


class NoHints(Iterator[None]):
    """A watch that never tells: ``next`` blocks until it is closed, from any thread."""

    def __init__(self) -> None:
        self._closed = threading.Event()

    def __next__(self) -> None:
        self._closed.wait()
        raise StopIteration

    def close(self) -> None:
        """End the iteration."""
        self._closed.set()

    def __enter__(self) -> NoHints:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _is_conflict(error: vault.VaultError) -> bool:
    return "check-and-set parameter did not match" in " ".join(error.errors or ())


def _is_allowed(path: str) -> bool:
    try:
        prefix_segments(path)
    except PortRefused:
        return False
    return True
