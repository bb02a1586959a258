"""A consumer that writes down which events it heard, and when: the app at the end of ``events.stack``."""

from __future__ import annotations

import os
import time
from typing import Final

from vamp.ports.events import Message

CONSUMER: Final = os.environ["BENCH_CONSUMER"]
CONCERNS: Final = frozenset({os.environ["BENCH_WHAT"]})
URGENT: Final[frozenset[str]] = frozenset()  # all of it goes through the stream

# Each line reaches the kernel before the message is acknowledged: a killed process takes no line
# with it, and short lines appended by several processes do not run into each other.
_heard = os.open(os.environ["BENCH_HEARD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def on_message(message: Message) -> None:
    """Write a line: number, and microseconds from the emission until now."""
    took_us = (time.time() - message.emitted_at.timestamp()) * 1e6
    os.write(_heard, b"%d %d\n" % (message.payload["number"], took_us))
