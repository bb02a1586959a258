"""Conditions as HAProxy understands them: named ACLs, and expressions over their names.

Each match becomes one ``acl`` line, where the value is the last word: values need no quoting rules
beyond `quoted`, and ``--`` ends the flags. HAProxy has no brackets in expressions, so an inner
``or`` is put into a variable first: the text grows with the condition, never exponentially.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateways.domain.condition.ast import (
    And,
    Condition,
    Constant,
    Match,
    Not,
    Operator,
    Or,
    Subject,
)
from gateways.haproxy.quoting import quoted

_METHODS: Final = {
    Operator.IS: "str",
    Operator.STARTS: "beg",
    Operator.ENDS: "end",
    Operator.CONTAINS: "sub",
    Operator.MATCHES: "reg",
}

_FETCHES: Final = {
    Subject.HOST: "req.hdr(host),host_only,lower",
    Subject.USER_AGENT: "req.fhdr(user-agent)",
    Subject.PATH: "path",
    Subject.METHOD: "method",
    Subject.SOURCE: "src",
}

_NAMED_FETCHES: Final = {
    Subject.HEADER: "req.fhdr",
    Subject.COOKIE: "req.cook",
    Subject.PARAMETER: "urlp",
}


_MOST_TERMS: Final = 8
"""Terms in one line. A term has up to five words, and HAProxy cuts a line after 64 words."""

_MOST_NETWORKS: Final = 32


@dataclass(slots=True)
class AclWriter:
    """Collects the ACLs of one frontend.

    Attributes:
        lines: ``acl`` lines and ``http-request set-var`` rules, in the order in which they must
            stand, without indentation.
    """

    lines: list[str] = field(default_factory=list)
    _names: dict[Match, str] = field(default_factory=dict)
    _variables: int = 0

    def alternatives(self, condition: Condition) -> tuple[str, ...]:
        """Return texts of which one must hold; each is a conjunction fit to stand after ``if``.

        The lines that define what they name are appended to `lines`.
        """
        terms = condition.terms if isinstance(condition, Or) else (condition,)
        return tuple(self._conjunction(term) for term in terms)

    def _conjunction(self, condition: Condition) -> str:
        if not isinstance(condition, And):
            return self._term(condition)
        words = [self._term(term) for term in condition.terms]
        while len(words) > _MOST_TERMS:
            words[:_MOST_TERMS] = [self._variable((" ".join(words[:_MOST_TERMS]),))]
        return " ".join(words)

    def _term(self, condition: Condition) -> str:
        if isinstance(condition, Match):
            return self._name(condition)
        if isinstance(condition, Constant):
            return "{ always_true }" if condition.value else "{ always_false }"
        if isinstance(condition, Not):
            return f"!{self._term(condition.operand)}"
        return self._variable(self.alternatives(condition))

    def _variable(self, alternatives: tuple[str, ...]) -> str:
        self._variables += 1
        name = f"txn.x{self._variables}"
        self.lines += (f"http-request set-var({name}) bool(true) if {one}" for one in alternatives)
        return f"{{ var({name}) -m found }}"

    def _name(self, match: Match) -> str:
        if match not in self._names:
            self._names[match] = f"c{len(self._names) + 1}"
            self.lines += (f"acl {self._names[match]} {text}" for text in expressions(match))
        return self._names[match]


def expressions(match: Match) -> tuple[str, ...]:
    """Return what stands after the name in the ``acl`` lines of one match, of which one must hold."""
    fetch = _FETCHES.get(match.subject) or _named(match)
    if match.operator is Operator.EXISTS:
        return (f"{fetch} -m found",)
    if match.operator is Operator.IN:
        found = [str(network) for network in match.networks]
        chunks = [found[at : at + _MOST_NETWORKS] for at in range(0, len(found), _MOST_NETWORKS)]
        return tuple(f"{fetch} -m ip -- {' '.join(chunk)}" for chunk in chunks)
    return (f"{fetch} -m {_METHODS[match.operator]} -- {quoted(match.value)}",)


def _named(match: Match) -> str:
    # The quotes are read by HAProxy's reader of arguments, which comes after that of words.
    argument = quoted(f'"{match.name}"')
    return f"{_NAMED_FETCHES[match.subject]}({argument})"
