"""What a condition is once it is read: an expression over matches.

Two conditions that mean the same by their shape are equal: `all_of`, `any_of` and `negation` build
flat expressions, and nothing else can be built.

How each subject reads a request (`gateways.domain.condition.evaluation` does, and HAProxy must):

=============  ===================================================================================
subject        values that it has; a match holds if any of them agrees
=============  ===================================================================================
``HOST``       the last ``Host`` header without port, in lower case (``req.hdr(host),host_only,lower``)
``USER_AGENT`` every ``User-Agent`` line, whole, with its commas (``req.fhdr(User-Agent)``)
``PATH``       the path as sent, not percent-decoded, without the query (``path``)
``METHOD``     the method as sent (``method``)
``HEADER``     every line of the header `name`, whole (``req.fhdr(name)``); name in any case
``COOKIE``     every cookie called `name`, name in exact case (``req.cook(name)``)
``PARAMETER``  every query parameter `name`, not decoded, exact case (``urlp(name)``)
``SOURCE``     the address that the connection came from (``src``)
=============  ===================================================================================
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateways.domain.condition.values import check_name, check_value


class Subject(StrEnum):
    """What of a request a match looks at; the value is its word in the language."""

    HOST = "host"
    USER_AGENT = "user-agent"
    PATH = "path"
    METHOD = "method"
    HEADER = "header"
    COOKIE = "cookie"
    PARAMETER = "parameter"
    SOURCE = "source"


class Operator(StrEnum):
    """How the request's value is compared; the value is its word in the language.

    Comparisons are exact in case. `MATCHES` searches (it is not anchored) for a pattern that
    `gateways.domain.pattern` has found safe. `EXISTS` has no value. `IN` is for addresses.
    """

    IS = "is"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"
    MATCHES = "matches"
    EXISTS = "exists"
    IN = "in"


_TEXT: Final = frozenset(
    {Operator.IS, Operator.STARTS, Operator.ENDS, Operator.CONTAINS, Operator.MATCHES}
)

OPERATORS: Final[dict[Subject, frozenset[Operator]]] = {
    Subject.HOST: frozenset({Operator.IS}),
    Subject.USER_AGENT: frozenset({Operator.CONTAINS}),
    Subject.PATH: _TEXT,
    Subject.METHOD: frozenset({Operator.IS}),
    Subject.HEADER: _TEXT | {Operator.EXISTS},
    Subject.COOKIE: _TEXT | {Operator.EXISTS},
    Subject.PARAMETER: _TEXT | {Operator.EXISTS},
    Subject.SOURCE: frozenset({Operator.IN}),
}
"""Which comparisons each subject knows; nothing else can be built."""

NAMED: Final = frozenset({Subject.HEADER, Subject.COOKIE, Subject.PARAMETER})
"""Subjects that need a name."""


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison.

    Attributes:
        subject: what is looked at.
        operator: how it is compared.
        value: what it is compared with: printable ASCII of 1 to 256 characters; empty for `EXISTS`. Of
            `HOST` in lower case without port, of `METHOD` capital letters, of `SOURCE` networks
            parted by a comma and a space (see `networks`).
        name: of a header (in lower case), cookie or parameter: an RFC 9110 token.

    Raises:
        ValueError: the combination or the value is not one that can be compiled.
    """

    subject: Subject
    operator: Operator
    value: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS[self.subject]:
            raise ValueError(f"{self.subject} cannot be compared by `{self.operator}`")
        if bool(self.name) != (self.subject in NAMED):
            raise ValueError(f"{self.subject} with the name {self.name!r}")
        if self.name:
            check_name(self.name, is_header=self.subject is Subject.HEADER)
        if self.operator is Operator.EXISTS:
            if self.value:
                raise ValueError("`exists` compares with nothing")
        else:
            check_value(self.subject, self.operator, self.value)

    @property
    def networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The networks of a `SOURCE` match, in the order written; empty for other subjects."""
        if self.subject is not Subject.SOURCE:
            return ()
        return tuple(ipaddress.ip_network(network) for network in self.value.split(", "))


@dataclass(frozen=True, slots=True)
class Constant:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of `operand`, which is itself neither a `Not` nor a `Constant`."""

    operand: Match | And | Or

    def __post_init__(self) -> None:
        if type(self.operand) not in (Match, And, Or):
            raise TypeError("build it with negation()")


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more `terms`, none of which is itself an `And`."""

    terms: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if len(self.terms) < 2 or any(isinstance(term, And) for term in self.terms):
            raise ValueError("build it with all_of()")


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more `terms`, none of which is itself an `Or`."""

    terms: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if len(self.terms) < 2 or any(isinstance(term, Or) for term in self.terms):
            raise ValueError("build it with any_of()")


Condition = Match | Constant | Not | And | Or
Literal = Match | Not
"""A match, or the `Not` of a match, as `to_dnf` gives them."""


def all_of(terms: Iterable[Condition]) -> Condition:
    """Return the condition that holds when all `terms` do; of none, ``true``."""
    flat = tuple(
        inner for term in terms for inner in (term.terms if isinstance(term, And) else (term,))
    )
    if len(flat) < 2:
        return flat[0] if flat else Constant(True)
    return And(flat)


def any_of(terms: Iterable[Condition]) -> Condition:
    """Return the condition that holds when one of the `terms` does; of none, ``false``."""
    flat = tuple(
        inner for term in terms for inner in (term.terms if isinstance(term, Or) else (term,))
    )
    if len(flat) < 2:
        return flat[0] if flat else Constant(False)
    return Or(flat)


def negation(term: Condition) -> Condition:
    """Return the condition that holds when `term` does not."""
    if isinstance(term, Not):
        return term.operand
    if isinstance(term, Constant):
        return Constant(not term.value)
    return Not(term)
