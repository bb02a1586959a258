"""Running benches one after the other: one line each, whatever becomes of it."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TextIO, TypeAlias

from rich.console import Console

from tests.bench.measurement import Measurement, line_of

Tell: TypeAlias = Callable[[str], None]
"""Says in a few words what is being done now; a bench calls it between its rounds."""

Bench: TypeAlias = Callable[[Tell], Measurement]

Progress: TypeAlias = Callable[[str], AbstractContextManager[Tell]]
"""Opens the display of one bench, given its name."""


def run(names: Sequence[str], benches: Mapping[str, Bench], out: TextIO, progress: Progress) -> int:
    """Run the benches called `names`; write a line each to `out`, as soon as it is known.

    A bench that raises gets a line with a field ``error``, and the next one begins.

    Returns:
        How many could not be run.
    """
    failed = 0
    for name in names:
        fields = _fields(benches[name], name, progress)
        failed += "error" in fields
        out.write(f"{line_of(name, fields)}\n")
        out.flush()
    return failed


def _fields(bench: Bench, name: str, progress: Progress) -> dict[str, Any]:
    gc.collect()
    load, begun = os.getloadavg()[0], time.monotonic()
    try:
        with progress(name) as tell:
            fields = bench(tell).fields()
    except Exception as error:  # whatever it is, the others are still to be run
        fields = {"error": f"{type(error).__name__}: {error}"}
    return {**fields, "load": round(load, 1), "took_s": round(time.monotonic() - begun, 1)}


@contextlib.contextmanager
def on_terminal(name: str) -> Iterator[Tell]:
    """Show what the bench `name` does on standard error, where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: None
        return
    with console.status(name) as status:
        yield lambda text: status.update(f"{name}: {text}")


def timed_ms(do: Callable[[], object]) -> float:
    """Return how many milliseconds `do` takes."""
    begun = time.perf_counter()
    do()
    return (time.perf_counter() - begun) * 1000
