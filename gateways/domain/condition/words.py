"""From a condition to its canonical text, which reads as a sentence and parses to the same again."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from gateways.domain.condition.ast import (
    NAMED,
    And,
    Condition,
    Constant,
    Match,
    Not,
    Operator,
    Or,
    Subject,
)
from gateways.domain.language import quoted

_BARE_NAME: Final = re.compile(r"[A-Za-z0-9#$%*+.^_`~-]+", re.ASCII)
_KEYWORDS: Final = frozenset({"and", "or", "not"})
_BARE_VALUE: Final = re.compile(r"""[^\s()<>|&!"',=][^\s()<>|&"',]*""", re.ASCII)


def render_words(condition: Condition) -> str:
    """Return the canonical text: ``path starts /beta and not cookie user is "a b"``.

    For every condition, `parse_condition` of it is the same condition.
    """
    if isinstance(condition, Or):
        return " or ".join(render_words(term) for term in condition.terms)
    if isinstance(condition, And):
        return " and ".join(_in_brackets(term, Or) for term in condition.terms)
    if isinstance(condition, Not):
        return "not " + _in_brackets(condition.operand, Or, And)
    if isinstance(condition, Constant):
        return "true" if condition.value else "false"
    return _match(condition)


def fingerprint(condition: Condition) -> str:
    """Return 16 hexadecimal digits that name the condition: the same for the same condition.

    As the original makes them: the first 16 of the SHA-1 of the text followed by ``0000``.
    """
    text = render_words(condition) + "0000"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:16]


def _in_brackets(condition: Condition, *kinds: type[Condition]) -> str:
    text = render_words(condition)
    return f"({text})" if isinstance(condition, kinds) else text


def _match(match: Match) -> str:
    words: list[str] = [match.subject]
    if match.subject in NAMED:
        words.append(match.name if _BARE_NAME.fullmatch(match.name) else quoted(match.name))
    words.append(match.operator)
    if match.subject is Subject.SOURCE:
        words.append(match.value)
    elif match.operator is not Operator.EXISTS:
        words.append(_value(match))
    return " ".join(words)


def _value(match: Match) -> str:
    # A browser's name without quotes would be read as a short cut, and `is not` as one operator.
    is_ambiguous = match.subject is Subject.USER_AGENT or match.value.lower() in _KEYWORDS
    if is_ambiguous or not _BARE_VALUE.fullmatch(match.value):
        return quoted(match.value)
    return match.value
