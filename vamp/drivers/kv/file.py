"""The embedded key-value store: a folder of encrypted files.

``acme/production/gateways/manifest`` lies in ``ROOT/acme/production/gateways/manifest+entry``.
No key can hold a ``+``, so entries, locks and folders never get in each other's way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from vamp.drivers.durable import locked, replace, sync_folder
from vamp.drivers.kv.file_check import check_folder_store
from vamp.drivers.kv.names import namespace, prefix_segments, segments, value_bytes
from vamp.drivers.kv.sealing import Keyring, agent_key, namespace_key, parse_key
from vamp.drivers.watching import FolderWatch
from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid
from vamp.ports.checks import Checked
from vamp.ports.errors import PortRefused, PortUnavailable, RevisionConflict
from vamp.ports.kv import Entry

__all__ = ["FileStore", "KeyWatch", "agent_key", "namespace_key"]

_ENTRY, _BELLS, _LOCKS = "+entry", "+bells", "+locks"
_LOCK_TIMEOUT_S = 10.0
_BELL_LIMIT_BYTES = 65_536


class FileStore:
    """Implements `vamp.ports.kv.KeyValueStore`. Safe between threads, processes and crashes.

    Writes of one namespace are one at a time; reads never wait. Cost: a read opens one file, a
    write syncs one file and its folder.

    Args:
        root: folder of the store; made by the first write.
        master: opens everything; 32 random bytes.
        namespace_keys: namespace (``acme/production``; ``acme`` for what is the organisation's
            own) → the key that `namespace_key` derived for it. Without `master` the store opens
            these namespaces and refuses all others.
    """

    def __init__(
        self,
        root: Path,
        *,
        master: bytes | None = None,
        namespace_keys: Mapping[str, bytes] | None = None,
    ) -> None:
        self._root = root
        self._keyring = Keyring(master=master, namespace_keys=namespace_keys or {})

    @classmethod
    def from_dsn(cls, dsn: Dsn, *, key: str = "") -> FileStore:
        """Open the store at ``file:///path``.

        Args:
            dsn: names the folder.
            key: base64 of the master key, or an agent's ``env:<organisation>/<environment>:…``.

        Raises:
            Invalid: the URL names no folder, or the key is not one.
        """
        if dsn.host or not dsn.path:
            fault = Fault("", "not the URL of a folder", "write file:///path, with three slashes")
            raise Invalid(faults=[fault])
        master, namespace_keys = parse_key(key)
        return cls(Path(dsn.path), master=master, namespace_keys=namespace_keys)

    def get(self, key: str) -> Entry | None:
        """See the port."""
        found = segments(key)
        self._keyring.check(namespace(found))
        with _port_errors():
            return self._read(key, found)

    def put(self, key: str, value: str, *, expected: int | None = None) -> int:
        """See the port."""
        found, encoded = segments(key), value_bytes(value)
        with self._writing(namespace(found)):
            held = self._read(key, found)
            revision = held.revision if held else 0
            if expected is not None and expected != revision:
                raise RevisionConflict(f"{key} is at revision {revision}, not at {expected}")
            sealed = self._keyring.seal(key, revision=revision + 1, value=encoded)
            replace(self._path(found), sealed)
        return revision + 1

    def delete(self, key: str) -> None:
        """See the port."""
        found = segments(key)
        with self._writing(namespace(found)):
            path = self._path(found)
            try:
                path.unlink()
            except FileNotFoundError:
                return
            sync_folder(path.parent)

    def keys(self, prefix: str) -> Sequence[str]:
        """See the port. Cost: one listing of each folder under `prefix`."""
        found = self._checked(prefix)
        with _port_errors():
            own = [found] if len(found) > 1 and self._path(found).exists() else []
            return sorted("/".join(key) for key in (*own, *self._below(found)))

    def wait(self, prefix: str, *, timeout_s: float) -> bool:
        """See the port. Tells of any change in the namespace that `prefix` lies in."""
        with self._folder_watch(prefix) as watch:
            return watch.wait(timeout_s)

    def watch(self, prefix: str) -> KeyWatch:
        """See the port. Tells of any change in the namespace that `prefix` lies in."""
        return KeyWatch(self._folder_watch(prefix))

    def check(self, place: str) -> Checked:
        """See the port."""
        return check_folder_store(self._root, self, place)

    def prepare(self) -> None:
        """See the port. Makes the folder, for our eyes only."""
        with _port_errors():
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _folder_watch(self, prefix: str) -> FolderWatch:
        with _port_errors():
            return FolderWatch(self._root / _BELLS, _rings_for(self._checked(prefix)))

    def _checked(self, prefix: str) -> tuple[str, ...]:
        found = prefix_segments(prefix)
        if len(found) > 1:
            self._keyring.check(namespace(found))
        elif not self._keyring.opens_everything:
            raise PortRefused(f"the key at hand does not open everything under {prefix!r}")
        return found

    def _path(self, found: tuple[str, ...]) -> Path:
        return self._root.joinpath(*found[:-1], found[-1] + _ENTRY)

    def _read(self, key: str, found: tuple[str, ...]) -> Entry | None:
        try:
            sealed = self._path(found).read_bytes()
        except FileNotFoundError:
            return None
        return self._keyring.open(key, sealed)

    def _below(self, found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        top = self._root.joinpath(*found)
        for folder, folders, files in os.walk(top, onerror=_unless_gone):
            folders[:] = [name for name in folders if not name.startswith("+")]
            inside = Path(folder).relative_to(self._root).parts
            for name in files:
                if name.endswith(_ENTRY):
                    yield (*inside, name.removesuffix(_ENTRY))

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        self._keyring.check(name)
        with _port_errors():
            with locked(self._root / _LOCKS / _file_name(name), timeout_s=_LOCK_TIMEOUT_S):
                yield
            self._ring(name)

    def _ring(self, name: str) -> None:
        # Bells, since a watch on the tree would miss what is written into a folder just made.
        bell, flags = self._root / _BELLS / _file_name(name), os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            descriptor = os.open(bell, flags, 0o600)
        except FileNotFoundError:
            bell.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(bell, flags, 0o600)
        try:
            os.write(descriptor, b".")  # its size changes even within one tick of the clock
            if os.fstat(descriptor).st_size > _BELL_LIMIT_BYTES:
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)


class KeyWatch(Iterator[None]):
    """What `FileStore.watch` gives. May be closed from another thread, or used with ``with``."""

    def __init__(self, watch: FolderWatch) -> None:
        self._watch = watch

    def __next__(self) -> None:
        while not self._watch.is_closed:
            if self._watch.wait(3600.0):
                return
        raise StopIteration

    def close(self) -> None:
        """End the iteration; ``next`` in another thread ends within a few milliseconds."""
        self._watch.close()

    def __enter__(self) -> KeyWatch:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _file_name(name: str) -> str:
    organisation, _, environment = name.partition("/")
    return f"{organisation}+{environment}"


def _rings_for(prefix: tuple[str, ...]) -> Callable[[str], bool]:
    if len(prefix) < 2:
        return lambda name: name.startswith("".join(f"{segment}+" for segment in prefix))
    return _file_name(namespace(prefix)).__eq__


@contextmanager
def _port_errors() -> Iterator[None]:
    """Turn what the file system says into the errors of the port."""
    try:
        yield
    except PermissionError as error:
        raise PortRefused(f"the store's folder is not ours to use: {error}") from error
    except OSError as error:
        raise PortUnavailable(f"the store's folder does not work: {error}") from error
