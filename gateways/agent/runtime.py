"""HAProxy's two command sockets: the worker's own, and the master's, which reaches every worker.

Both speak lines. In prompt mode each command is answered by its own block, so that many commands
cost one connection and an error is known by its command.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateways.haproxy.difference import is_refusal

BATCH_BYTES = 12_000
"""Bytes of commands on one connection; HAProxy's buffer (``tune.bufsize``) holds 16,384."""

_PROMPT = re.compile(r"(?:^|(?<=> ))(?:master|\d+)?> ", re.MULTILINE)


class RuntimeUnavailable(Exception):
    """The socket does not answer: HAProxy is starting, stopping or gone. Try again shortly."""


class RuntimeRefused(Exception):
    """HAProxy refused at least one command; what came before and after it was carried out.

    The caller no longer knows what is live: it compares and repairs, or reloads.

    Attributes:
        refusals: command and HAProxy's words, one a refused command.
    """

    def __init__(self, refusals: Sequence[tuple[str, str]]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("; ".join(f"{command!r}: {words}" for command, words in refusals[:5]))


@dataclass(frozen=True, slots=True)
class CommandSocket:
    """The command socket of the worker that serves at present.

    Attributes:
        path: its file.
        timeout_s: how long one connection may take in all its steps.
    """

    path: Path
    timeout_s: float = 5.0

    def ask(self, command: str) -> str:
        """Return what one command prints. Cost: about 0.2 ms.

        Raises:
            RuntimeUnavailable: no answer.
        """
        return exchange(self.path, f"{command}\n", timeout_s=self.timeout_s)

    def run(self, commands: Iterable[str]) -> None:
        """Carry out `commands` in their order; each must be one that changes something.

        A newline at the end of a command is optional, except after a payload (``add map … <<``,
        lines, an empty line).

        Raises:
            RuntimeUnavailable: no answer; some may have been carried out.
            RuntimeRefused: at least one was refused.
        """
        run_batches(self.path, (), commands, timeout_s=self.timeout_s)


def run_batches(
    path: Path, first: Sequence[str], commands: Iterable[str], *, timeout_s: float
) -> None:
    """Send `commands` in prompt mode, in batches under `BATCH_BYTES`, each after `first`."""
    refusals: list[tuple[str, str]] = []
    for batch in batches(commands):
        choice = "".join(f"{line}\n" for line in ("prompt", *first))
        script = f"{choice}{''.join(batch)}quit\n"
        answer = exchange(path, script, timeout_s=timeout_s)
        refusals += refused(batch, answer, skip=1 + len(first))
    if refusals:
        raise RuntimeRefused(refusals)


def batches(commands: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """Group `commands` so that no group passes `BATCH_BYTES`, unless one command alone does.

    Each comes back with a newline at its end.
    """
    group: list[str] = []
    size = 0
    for text in commands:
        command = text if text.endswith("\n") else f"{text}\n"
        length = len(command.encode())
        if group and size + length > BATCH_BYTES:
            yield tuple(group)
            group, size = [], 0
        group.append(command)
        size += length
    if group:
        yield tuple(group)


def refused(commands: Sequence[str], answer: str, *, skip: int) -> list[tuple[str, str]]:
    """Match the blocks of a prompt-mode `answer` to `commands` and return the refusals.

    Args:
        commands: those whose answers are looked at, in order.
        answer: all that the connection printed.
        skip: blocks before the first of `commands`: one for ``prompt`` and one for each command
            that chose a worker.
    """
    blocks = [block.strip().lstrip("+ ").strip() for block in _PROMPT.split(answer)]
    found = []
    for place, command in enumerate(commands, start=skip):
        words = blocks[place] if place < len(blocks) else "no answer"
        if is_refusal(words):
            found.append((command, words))
    return found


def exchange(path: Path, script: str, *, timeout_s: float) -> str:
    """Send `script`, shut down the sending side, and return all that comes back.

    The sending side is shut down because the master does not close a connection by itself after
    a reload; without it the caller would wait for its time-out.

    Raises:
        RuntimeUnavailable: the connection failed, or did not end within `timeout_s`.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(path))
            connection.sendall(script.encode())
            connection.shutdown(socket.SHUT_WR)
            pieces = []
            while piece := connection.recv(1 << 16):
                pieces.append(piece)
        except OSError as error:
            raise RuntimeUnavailable(f"{path.name}: {error}") from error
    return b"".join(pieces).decode(errors="replace")
