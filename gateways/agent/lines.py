"""HAProxy's log lines as they come: frames taken apart, then JSON. Pure, and made for speed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

Line: TypeAlias = dict[str, Any]
"""One request as HAProxy logged it. A mapping, not a type of our own: 60,000 of them pass a second."""

_LONGEST_LENGTH = 7


class FramingLost(ValueError):
    """The stream is not at the beginning of a frame. Nothing after this can be told apart."""


def split_frames(received: bytes) -> tuple[list[bytes], bytes]:
    """Take octet-counted frames (RFC 6587 §3.4.1, ``<length> <message>``) apart.

    Args:
        received: what was left over the last time, and what has come since.

    Returns:
        The whole messages, and what is left of an incomplete one.

    Raises:
        FramingLost: where a length should stand there is none.
    """
    messages: list[bytes] = []
    position, end = 0, len(received)
    find = received.find
    while position < end:
        space = find(b" ", position, position + _LONGEST_LENGTH + 1)
        if space < 0:
            if end - position > _LONGEST_LENGTH or not received[position:].isdigit():
                raise FramingLost(f"no length in {received[position : position + 20]!r}")
            break
        try:
            following = space + 1 + int(received[position:space])
        except ValueError:
            raise FramingLost(f"no length in {received[position : position + 20]!r}") from None
        if following > end:
            break
        messages.append(received[space + 1 : following])
        position = following
    return messages, received[position:]


def split_events(received: bytes) -> tuple[list[bytes], bytes]:
    """Take apart what ``show events`` prints: one message a line. Returns like `split_frames`."""
    *messages, rest = received.split(b"\n")
    return [message for message in messages if message], rest


def parse_lines(messages: Sequence[bytes]) -> tuple[list[Line], int]:
    """Read messages as JSON objects.

    HAProxy's own notices (a server went down) travel between the lines; they do not begin with a
    brace and are left out.

    Returns:
        The objects, and how many messages began like one and could not be read.
    """
    texts = [message for message in messages if message[:1] == b"{"]
    if not texts:
        return [], 0
    try:
        return json.loads(b"[" + b",".join(texts) + b"]"), 0
    except ValueError:
        return _parse_each(texts)


def _parse_each(texts: Sequence[bytes]) -> tuple[list[Line], int]:
    found: list[Line] = []
    unreadable = 0
    for text in texts:
        try:
            found.append(json.loads(text))
        except ValueError:  # also bytes that are not UTF-8
            unreadable += 1
    return found, unreadable
