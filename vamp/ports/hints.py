"""Hints: short words between processes that something changed, which may be lost.

They make things quick, never right: whoever hears none looks by itself all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class HintChannel(Protocol):
    """A channel of hints. Real: NATS without JetStream."""

    def send(self, subject: str, content: Mapping[str, Any]) -> None:
        """Say `content` to whoever listens at `subject` now. Never waits and never fails."""
        ...

    def listen(self, subject: str, *, timeout_s: float) -> Iterator[Mapping[str, Any] | None]:
        """Yield each hint at `subject` from now on, and None after `timeout_s` without one.

        Ends only by its consumer's will. What is no JSON object is yielded as an empty one. None
        comes also at the beginning, once it is listening: hints may have been missed before.

        Args:
            subject: exact, or a prefix that ends in ``.>``.
            timeout_s: seconds, more than 0.

        Raises:
            PortUnavailable: the server does not answer, or not any more. Call again, with back-off.
            PortRefused: it does not let us listen here.
        """
        ...
