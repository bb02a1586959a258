"""Conditions: the language in which a route says which requests are its own.

`parse_condition` reads it, `render_words` writes it, `evaluate` answers for one request, `to_dnf`
and `fingerprint` serve those who compile it.
"""

from __future__ import annotations

from gateways.domain.condition.ast import (
    And,
    Condition,
    Constant,
    Literal,
    Match,
    Not,
    Operator,
    Or,
    Subject,
    all_of,
    any_of,
    negation,
)
from gateways.domain.condition.evaluation import evaluate
from gateways.domain.condition.normal_form import to_dnf
from gateways.domain.condition.parse import parse_condition
from gateways.domain.condition.words import fingerprint, render_words

__all__ = [
    "And",
    "Condition",
    "Constant",
    "Literal",
    "Match",
    "Not",
    "Operator",
    "Or",
    "Subject",
    "all_of",
    "any_of",
    "evaluate",
    "fingerprint",
    "negation",
    "parse_condition",
    "render_words",
    "to_dnf",
]
