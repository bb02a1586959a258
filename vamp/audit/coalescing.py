"""Keeping a flood of the same from filling the trail. Pure, but for a lock.

What repeats within a window is counted instead of written, and the next entry tells how many were
left out. Beside that, each scope (a tenant) has at most so many entries in a window, so that
neither many addresses nor many names get around it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

WINDOW_S = 60.0
MOST_IN_SCOPE = 60
MOST_KEYS = 10_000
"""Keys remembered; the oldest are forgotten first, with what was counted of them."""


@dataclass(slots=True)
class _Window:
    begun_s: float
    written: int = 0
    left_out: int = 0


class Coalescer:
    """Decides which of many like entries are written. Safe between threads; one for each process.

    Args:
        window_s: length of a window.
        most_in_scope: entries of one scope in one window.
        most_keys: keys and scopes remembered.
    """

    def __init__(
        self,
        *,
        window_s: float = WINDOW_S,
        most_in_scope: int = MOST_IN_SCOPE,
        most_keys: int = MOST_KEYS,
    ) -> None:
        self._window_s = window_s
        self._most_in_scope = most_in_scope
        self._most_keys = most_keys
        self._lock = threading.Lock()
        self._keys: OrderedDict[Hashable, _Window] = OrderedDict()
        self._scopes: OrderedDict[Hashable, _Window] = OrderedDict()

    def take(self, key: Hashable, scope: Hashable, now_s: float) -> int | None:
        """Decide about one more.

        Args:
            key: what is the same about entries that are.
            scope: whose they are.
            now_s: rising seconds.

        Returns:
            How many were left out of the scope since its last entry, if this one is to be written;
            None if it is not.
        """
        with self._lock:
            mine = self._window(self._keys, key, now_s)
            ours = self._window(self._scopes, scope, now_s)
            if mine.written or ours.written >= self._most_in_scope:
                ours.left_out += 1
                return None
            mine.written += 1
            ours.written += 1
            left_out, ours.left_out = ours.left_out, 0
            return left_out

    def _window(
        self, windows: OrderedDict[Hashable, _Window], key: Hashable, now_s: float
    ) -> _Window:
        held = windows.get(key)
        if held is None:
            held = windows[key] = _Window(now_s)
            if len(windows) > self._most_keys:
                windows.popitem(last=False)
        elif now_s - held.begun_s >= self._window_s:
            # What was left out is told by the next that is written, however much later.
            held.begun_s, held.written = now_s, 0
            windows.move_to_end(key)
        return held
