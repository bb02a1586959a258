"""From the text of a condition to its expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from lark import Token

from gateways.domain.characters import first_unfit
from gateways.domain.condition.ast import (
    Condition,
    Constant,
    Match,
    Operator,
    Subject,
    all_of,
    any_of,
    negation,
)
from gateways.domain.condition.grammar import WORDS, condition_parser
from gateways.domain.condition.values import canonical_source
from gateways.domain.language import Refusal, in_words, parse_tree, unquoted, word_at
from gateways.domain.pattern import PatternUnsafe
from vamp.documents.known_keys import nearest
from vamp.errors import Invalid

BROWSERS: Final = {
    "chrome": ("Chrome",),
    "firefox": ("Firefox",),
    "safari": ("Safari", "Version"),
    "edge": ("Edge",),
    "ie": ("MSIE",),
}
"""Browser in lower case → texts that its user agent has all of; for values without quotes."""

_OPERATORS: Final = {
    "IS": Operator.IS,
    "ISNT": Operator.IS,
    "STARTS": Operator.STARTS,
    "ENDS": Operator.ENDS,
    "HAS": Operator.CONTAINS,
    "MISSES": Operator.CONTAINS,
    "MATCHES": Operator.MATCHES,
    "EXISTS": Operator.EXISTS,
}
_NEGATIVE: Final = frozenset({"ISNT", "MISSES", "LOOSE_NOT"})
_STARTERS: Final = (
    "user-agent", "host", "path", "method", "header", "cookie", "parameter", "source",
)  # fmt: skip


def parse_condition(text: str) -> Condition:
    """Return the condition that `text` writes; takes time linear in its length.

    Raises:
        Invalid: with one fault for each thing wrong, with line and column in `text`. After a fault
            of grammar the rest is not read.
    """
    condition, refusals = read_condition(text)
    if condition is None:
        raise Invalid(faults=[refusal.fault(text, "condition") for refusal in refusals])
    return condition


@lru_cache(maxsize=16_384)
def read_condition(text: str) -> tuple[Condition | None, tuple[Refusal, ...]]:
    """Return the condition, or None and all that is wrong with it."""
    tree = parse_tree(condition_parser(), text, _explained)
    if isinstance(tree, Refusal):
        return None, (tree,)
    builder = _Builder()
    condition = builder.built(tree.children[0])
    refusals = tuple(builder.refusals)
    return (None, refusals) if refusals else (condition, ())


class _Builder:
    """Makes an expression of a tree, gathering what is wrong with names and values."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []

    def built(self, node: Any) -> Condition:
        if isinstance(node, Token):
            return self.single(node)
        if node.data == "disjunction":
            return any_of([self.built(child) for child in node.children])
        if node.data == "conjunction":
            return all_of([self.built(child) for child in node.children])
        if node.data == "negated":
            return negation(self.built(node.children[0]))
        method: Callable[[list[Any]], Condition] = getattr(self, f"on_{node.data}")
        return method(node.children)

    def single(self, token: Token) -> Condition:
        if token.type == "RAW":
            self.refuse(
                token,
                "HAProxy's own access rules in < > are not accepted",
                "use path, method, host, header, cookie, parameter, source or user-agent,"
                " such as `path starts /user`",
            )
        return Constant(token.type == "YES")

    def on_user_agent(self, children: list[Any]) -> Condition:
        operator, value = children
        token = value.children[0]
        texts = BROWSERS.get(token.lower()) if token.type == "WORD" else None
        if texts is None:
            found = self.match(Subject.USER_AGENT, Operator.CONTAINS, value)
        else:
            found = all_of(Match(Subject.USER_AGENT, Operator.CONTAINS, text) for text in texts)
        return negation(found) if operator.type in _NEGATIVE else found

    def on_host(self, children: list[Any]) -> Condition:
        operator, value = children
        found = self.match(Subject.HOST, Operator.IS, value, convert=str.lower)
        return negation(found) if operator.type in _NEGATIVE else found

    def on_path(self, children: list[Any]) -> Condition:
        return self.compared(Subject.PATH, children, "")

    def on_method(self, children: list[Any]) -> Condition:
        operator, value = children
        found = self.match(Subject.METHOD, Operator.IS, value, convert=str.upper)
        return negation(found) if operator.type in _NEGATIVE else found

    def on_source(self, children: list[Any]) -> Condition:
        found = [
            self.match(Subject.SOURCE, Operator.IN, value, convert=_one_network)
            for value in children
        ]
        networks = [match.value for match in found if isinstance(match, Match)]
        if len(networks) < len(children):
            return Constant(False)
        try:
            return Match(Subject.SOURCE, Operator.IN, canonical_source(networks))
        except ValueError as error:
            self.refuse(children[0].children[0], str(error), "")
            return Constant(False)

    def on_presence(self, children: list[Any]) -> Condition:
        kind, name = children
        return self.compared(
            Subject(kind.type.lower()), [Token("EXISTS", "")], self.name(kind, name)
        )

    def on_absence(self, children: list[Any]) -> Condition:
        return negation(self.on_presence(children))

    def on_named(self, children: list[Any]) -> Condition:
        kind, name, *rest = children
        if len(rest) == 1:
            rest = [Token("EXISTS", "")]
        return self.compared(Subject(kind.type.lower()), rest, self.name(kind, name))

    def name(self, kind: Token, node: Any) -> str:
        """Return the name, or an empty text if it was refused."""
        token = node.children[0]
        name = unquoted(token)
        if kind.type == "HEADER":
            name = name.lower()
        try:
            Match(Subject(kind.type.lower()), Operator.EXISTS, name=name)
        except ValueError as error:
            self.refuse(token, str(error) if name else "the name is empty", "")
            return ""
        return name

    def compared(self, subject: Subject, comparison: list[Any], name: str) -> Condition:
        operator = _OPERATORS[comparison[0].type]
        if operator is Operator.EXISTS:
            return Match(subject, operator, name=name) if name else Constant(False)
        found = self.match(subject, operator, comparison[1], name=name)
        return negation(found) if comparison[0].type in _NEGATIVE else found

    def match(
        self,
        subject: Subject,
        operator: Operator,
        value: Any,
        *,
        name: str = "",
        convert: Callable[[str], str] = str,
    ) -> Condition:
        token = value.children[0]
        # A refused name has been told already; its value is still looked at under another one.
        stand_in = "x" if subject in (Subject.HEADER, Subject.COOKIE, Subject.PARAMETER) else ""
        try:
            return Match(subject, operator, convert(unquoted(token)), name or stand_in)
        except PatternUnsafe as error:
            self.refuse(token, f"the pattern is not allowed: {error}", "", within=error.offset)
        except ValueError as error:
            self.refuse(token, str(error), "", within=first_unfit(unquoted(token)))
        return Constant(False)

    def refuse(self, token: Token, message: str, hint: str, *, within: int | None = None) -> None:
        offset = token.start_pos or 0
        if within is not None:
            offset += within + (token.type == "QUOTED")
        self.refusals.append(Refusal(offset, message, hint))


def _one_network(text: str) -> str:
    return canonical_source([text])


def _explained(text: str, offset: int, expected: frozenset[str]) -> Refusal:
    allowed = in_words(expected - {"COOKIE"} if "_HOST" in expected else expected, WORDS)
    word = word_at(text, offset)
    if not word:
        return Refusal(offset, f"the condition ends where {allowed} should follow")
    return Refusal(
        offset, f"`{word}` stands where {allowed} should", _hint(text, offset, word, expected)
    )


def _hint(text: str, offset: int, word: str, expected: frozenset[str]) -> str:
    if word in ("'", '"'):
        return "the quote is not closed; inside quotes, write the quote itself twice"
    if word == ")" and "_CLOSE" not in expected and "$END" in expected:
        return "it closes no bracket; put a value with brackets in quotes"
    if "$END" in expected:
        if re.search(r"[^\s()]\s+$", text[:offset]):
            return "join conditions by and/or; put a value with spaces in quotes"
        return "put a value with such characters in quotes"
    if "WORD" in expected:
        return "put a value with such characters in quotes"
    close = nearest(word, _STARTERS) if "_HOST" in expected else ""
    return f"did you mean `{close}`?" if close else ""
