"""What a command is given by its process: variables, streams, time; tests give their own."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

NARROWEST = 40
"""Columns below which tables are not squeezed any further."""


@dataclass(slots=True)
class Surroundings:
    """The process around a command.

    Attributes:
        environ: its variables.
        stdin, stdout, stderr: its streams.
        adapter: a transport for requests (`requests.adapters.BaseAdapter`); None: the network.
        sleep: waits for so many seconds.
        clock: monotonic seconds.
        is_terminal: does standard output go to a person's terminal; None: ask the stream.
        columns: width of the terminal; None: ask it.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    adapter: Any = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    is_terminal: bool | None = None
    columns: int | None = None

    @property
    def writes_to_terminal(self) -> bool:
        """True where standard output is a terminal."""
        return self.stdout.isatty() if self.is_terminal is None else self.is_terminal

    @property
    def asks_a_person(self) -> bool:
        """True where a question on standard error can be answered on standard input."""
        return self.stdin.isatty() if self.is_terminal is None else self.is_terminal

    @property
    def width(self) -> int:
        """Columns of the terminal, as ``COLUMNS`` or the terminal says."""
        if self.columns is not None:
            return self.columns
        return max(shutil.get_terminal_size((80, 24)).columns, NARROWEST)

    def has_colour(self, *, is_refused: bool) -> bool:
        """Tell whether to colour: on terminals, unless ``--no-color``, ``NO_COLOR`` or a dumb one."""
        if is_refused or self.environ.get("NO_COLOR") or self.environ.get("TERM") == "dumb":
            return False
        return self.writes_to_terminal
