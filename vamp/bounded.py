"""Asking several systems at once, and not waiting for those that do not come back.

Each is asked in a thread of its own. One that does not answer in time is told of as silent, and its
thread is left behind; how many of those there may be is limited, for a server that swallows
questions must not collect threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.db import connections

from vamp.ports.checks import Checked

LIMIT_S = 5.0
MOST_AT_ONCE = 48
"""Questions that may be on their way in this process, forgotten ones included."""

Key = TypeVar("Key")
Question = Callable[[], Checked]

_room = threading.BoundedSemaphore(MOST_AT_ONCE)


def answers(
    questions: Mapping[Key, Question],
    *,
    limit_s: float = LIMIT_S,
    room: threading.BoundedSemaphore = _room,
) -> dict[Key, Checked]:
    """Ask all of `questions` at once and return an answer each, in their order. Never raises.

    Cost: as long as the slowest takes, and at most `limit_s` seconds in all.

    Args:
        questions: what to ask; should not raise.
        limit_s: for how long to wait.
        room: how many questions may be under way at once.
    """
    until = time.monotonic() + limit_s
    asked = {key: _Asked(question, room, until) for key, question in questions.items()}
    return {key: each.answer(until, limit_s) for key, each in asked.items()}


class _Asked:
    """One question on its way."""

    def __init__(self, question: Question, room: threading.BoundedSemaphore, until: float) -> None:
        self._question = question
        self._room = room
        self._answered = threading.Event()
        self._found: Checked | None = None
        self._has_room = room.acquire(timeout=max(0.0, until - time.monotonic()))
        if self._has_room:
            threading.Thread(target=self._run, name="check", daemon=True).start()

    def answer(self, until: float, limit_s: float) -> Checked:
        if not self._has_room:
            hint = "other systems keep too many questions waiting; mend those, or ask again later"
            return Checked.failed("", "was not asked", hint)
        if not self._answered.wait(max(0.0, until - time.monotonic())) or self._found is None:
            hint = "check the address, and what lies between: something there swallows packets"
            return Checked.failed("", f"no answer within {limit_s:g} s", hint)
        return self._found

    def _run(self) -> None:
        try:
            self._found = self._question()
        except Exception as error:
            # Messages of client libraries may hold an address with its password.
            self._found = Checked.failed("", f"failed: {type(error).__name__}")
        finally:
            connections.close_all()
            self._room.release()
            self._answered.set()
