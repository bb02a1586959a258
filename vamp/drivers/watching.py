"""Hearing of changed files within milliseconds, with a fall-back where the kernel does not tell."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from watchfiles._rust_notify import RustNotify  # documented for direct use: API, "rust_backend"

STEP_MS = 3
"""A change is told 3 to 6 ms after it happened; an idle watch costs about 0.9 % of one core."""

_DEBOUNCE_MS = 20
_POLL_S = 0.05
_SLICE_S = 1.0

_Stamp = tuple[int, int, int]


class FolderWatch:
    """Tells of changes of files directly in one folder. The watch stands once this is built.

    Where the kernel's notifications are not to be had (their number is limited, some file systems
    have none, the folder cannot be made), it compares the files' stamps every 50 ms instead.
    Build it after a fork, not before: it has a thread. Safe between threads.

    Args:
        folder: made if it does not exist.
        wanted: tells by its name whether a file matters.
        polling: do without the kernel's notifications.
        step_ms: how long a change may wait; a longer one costs an idle watch less.
    """

    def __init__(
        self,
        folder: Path,
        wanted: Callable[[str], bool],
        *,
        polling: bool = False,
        step_ms: int = STEP_MS,
    ) -> None:
        self._folder = folder
        self._wanted = wanted
        self._polling = polling
        self._step_ms = step_ms
        self._closed = threading.Event()
        self._turn = threading.Lock()
        self._notify: RustNotify | None = None
        self._inode = 0
        self._open()
        self._seen = self._stamps()

    def wait(self, timeout_s: float) -> bool:
        """Block until a wanted file changed since the last call, or until `timeout_s` passed.

        Returns:
            False on time-out and once the watch is closed.
        """
        until = time.monotonic() + timeout_s
        with self._turn:
            while not self._closed.is_set():
                left_s = until - time.monotonic()
                if self._changed(min(max(left_s, 0.0), _SLICE_S)):
                    return True
                if left_s <= _SLICE_S and time.monotonic() >= until:
                    return False
        return False

    def close(self) -> None:
        """End the watch; a `wait` in another thread returns within a few milliseconds."""
        self._closed.set()
        with self._turn:
            if self._notify is not None:
                self._notify.close()
                self._notify = None

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed.is_set()

    def __enter__(self) -> FolderWatch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> None:
        self._notify = None
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._inode = self._folder.stat().st_ino
            if not self._polling:
                self._notify = RustNotify([str(self._folder)], False, False, 0, False, True)
        except OSError:
            self._notify = None

    def _changed(self, timeout_s: float) -> bool:
        if self._notify is None:
            return self._polled(timeout_s)
        changes = self._notify.watch(
            _DEBOUNCE_MS, self._step_ms, max(1, round(timeout_s * 1000)), self._closed
        )
        if changes == "signal":
            raise KeyboardInterrupt
        if isinstance(changes, str):
            return self._was_replaced()
        return any(self._wanted(os.path.basename(path)) for _, path in changes)  # noqa: PTH119 hot

    def _polled(self, timeout_s: float) -> bool:
        stamps = self._stamps()
        if stamps == self._seen:
            self._closed.wait(min(timeout_s, _POLL_S))
            stamps = self._stamps()
        changed, self._seen = stamps != self._seen, stamps
        return changed

    def _was_replaced(self) -> bool:
        """Notice a folder that was removed and made anew, which the kernel's watch does not follow."""
        try:
            if self._folder.stat().st_ino == self._inode:
                return False
        except FileNotFoundError:
            pass
        if self._notify is not None:
            self._notify.close()
        self._open()
        return True

    def _stamps(self) -> Mapping[str, _Stamp]:
        if self._notify is not None:
            return {}
        found: dict[str, _Stamp] = {}
        try:
            with os.scandir(self._folder) as files:
                for file in files:
                    if self._wanted(file.name):
                        stat = file.stat()
                        found[file.name] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        except OSError:
            return found
        return found
