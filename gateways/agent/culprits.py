"""Which of many changes is it that fails? Found in few tries. Pure but for the tries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

Try: TypeAlias = Callable[[Sequence[str]], str]
"""Tries some changes together; returns what is wrong, empty if nothing is."""


def culprits(changed: Sequence[str], attempt: Try) -> dict[str, str]:
    """Return those of `changed` that fail, each with what is wrong; all others pass together.

    The last try that passed was of exactly those others. All well costs one try, one failing
    change among n about 2 · log₂ n.

    Args:
        changed: names of changes; of two that pass alone and fail together the earlier one wins.
        attempt: must pass for no changes at all.
    """
    taken: list[str] = []
    found: dict[str, str] = {}

    def take(names: Sequence[str]) -> None:
        wrong = attempt([*taken, *names])
        if not wrong:
            taken.extend(names)
        elif len(names) == 1:
            found[names[0]] = wrong
        else:
            middle = len(names) // 2
            take(names[:middle])
            take(names[middle:])

    if changed:
        take(changed)
    return found
