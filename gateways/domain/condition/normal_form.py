"""Conditions as alternatives of plain conjunctions, the form that HAProxy's rules have."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Final

from gateways.domain.condition.ast import (
    And,
    Condition,
    Constant,
    Literal,
    Match,
    Not,
    negation,
)
from vamp.errors import Fault, Invalid

MOST_TERMS: Final = 64

_Term = dict[Literal, None]
"""Literals in the order in which they were met, each once."""


def to_dnf(condition: Condition) -> tuple[tuple[Literal, ...], ...]:
    """Return the disjunctive normal form: any of the alternatives, all literals of one.

    ``true`` is one alternative without literals, ``false`` is no alternative. Contradictions,
    repetitions and alternatives that a shorter one covers are left out.

    Raises:
        Invalid: it has more than 64 alternatives. Split the condition over several routes.
    """
    return tuple(tuple(term) for term in _terms(condition, positive=True))


def _terms(condition: Condition, *, positive: bool) -> list[_Term]:
    if isinstance(condition, Not):
        return _terms(condition.operand, positive=not positive)
    if isinstance(condition, Constant):
        return [{}] if condition.value is positive else []
    if isinstance(condition, Match):
        return [{condition if positive else Not(condition): None}]
    inner = [_terms(term, positive=positive) for term in condition.terms]
    if isinstance(condition, And) is positive:
        found: list[_Term] = [{}]
        for terms in inner:
            found = _reduced({**left, **right} for left, right in product(found, terms))
        return found
    return _reduced(term for terms in inner for term in terms)


def _reduced(terms: Iterable[_Term]) -> list[_Term]:
    possible = [term for term in terms if not any(negation(literal) in term for literal in term)]
    kept: list[_Term] = []
    for term in sorted(possible, key=len):
        if not any(shorter.keys() <= term.keys() for shorter in kept):
            kept.append(term)
            if len(kept) > MOST_TERMS:
                message = f"the condition comes to more than {MOST_TERMS} alternatives"
                hint = "split it over several routes"
                raise Invalid(faults=[Fault("", message, hint, code="condition-too-large")])
    order = {id(term): position for position, term in enumerate(possible)}
    return sorted(kept, key=lambda term: order[id(term)])
