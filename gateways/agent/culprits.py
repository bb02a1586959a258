"""Which of many changes is it that fails? Found in few tries. Pure but for the tries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Try = Callable[[Sequence[str]], str]
"""Tries some changes together; returns what is wrong, empty if nothing is."""


def culprits(changed: Sequence[str], attempt: Try) -> dict[str, str]:
    """Return those of `changed` that fail, each with what is wrong, so that the others pass together.

    One failing change among n costs about 2 · log₂ n tries; all well costs one.

    Args:
        changed: names of changes, in the order in which they win over later ones where two pass
            alone and fail together.
        attempt: must pass for no changes at all.
    """
    if not changed:
        return {}
    wrong = attempt(changed)
    if not wrong:
        return {}
    if len(changed) == 1:
        return {changed[0]: wrong}
    middle = len(changed) // 2
    found = culprits(changed[:middle], attempt) | culprits(changed[middle:], attempt)
    rest = [name for name in changed if name not in found]
    if rest and attempt(rest):
        found |= _one_by_one(rest, attempt)
    return found


def _one_by_one(changed: Sequence[str], attempt: Try) -> dict[str, str]:
    """Take each change that goes together with those taken before it; return the others."""
    taken: list[str] = []
    found = {}
    for name in changed:
        if wrong := attempt([*taken, name]):
            found[name] = wrong
        else:
            taken.append(name)
    return found
