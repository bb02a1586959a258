"""From the text of a selector to its expression."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from lark import Lark, Token

from gateways.domain.language import Refusal, in_words, parse_tree, word_at
from gateways.domain.pattern import DEEPEST_GROUP, PatternUnsafe
from gateways.domain.selector.ast import (
    Anything,
    Property,
    PropertyMatch,
    Selector,
    all_of,
    any_of,
    negation,
)
from vamp.documents.known_keys import nearest
from vamp.errors import Invalid

_SYNONYMS: Final = {
    "id": Property.NAME,
    "type": Property.KIND,
    "group": Property.NAMESPACE,
    "ip": Property.HOST,
    "index": Property.PORT_INDEX,
} | {str(known): known for known in Property}


def _argument() -> str:
    # A pattern may itself hold brackets, so the terminal is as deep as a pattern may be.
    inside = r"[^()\[\\]|\\.|\[\^?(?:\\.|[^\]\\])*\]"
    text = rf"\((?:{inside})*+\)"
    for _ in range(DEEPEST_GROUP + 1):
        text = rf"\((?:{inside}|{text})*+\)"
    return text


_END = r"""(?![^\s()<>|&!"',=])"""

GRAMMAR: Final = rf"""
start: _expression
_expression: disjunction
disjunction: conjunction (_OR conjunction)*
conjunction: _factor (_AND _factor)*
_factor: negated | _operand
negated: _NOT _operand
_operand: _OPEN _expression _CLOSE | YES | NO | match
match: PROPERTY ARGUMENT | LABEL ARGUMENT ARGUMENT

_OR.2: /(?i:or){_END}|\|\|?/
_AND.2: /(?i:and){_END}|&&?/
_NOT.2: /(?i:not){_END}|!/
_OPEN: "("
_CLOSE: ")"
YES.2: /(?i:true){_END}/
NO.2: /(?i:false){_END}/
PROPERTY.2: /(?i:name|id|kind|type|namespace|group|image|ip|host|port_index|index|port){_END}/
LABEL.2: /(?i:label){_END}/
ARGUMENT: /{_argument()}/
%ignore /[ \t\r\n]+/
"""

_WORDS: Final = {
    "LABEL": "a match such as `label(app)(shop)`",
    "_NOT": "`not`",
    "_OPEN": "`(`",
    "YES": "`true`",
    "NO": "`false`",
    "ARGUMENT": "a pattern in brackets",
    "_AND": "`and`",
    "_OR": "`or`",
    "_CLOSE": "`)`",
    "$END": "the end",
}


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True)


def parse_selector(text: str) -> Selector:
    """Return the selector that `text` writes; takes time linear in its length.

    Raises:
        Invalid: with one fault for each thing wrong, with line and column in `text`. After a fault
            of grammar the rest is not read.
    """
    selector, refusals = read_selector(text)
    if selector is None:
        raise Invalid(faults=[refusal.fault(text, "selector") for refusal in refusals])
    return selector


@lru_cache(maxsize=1024)
def read_selector(text: str) -> tuple[Selector | None, tuple[Refusal, ...]]:
    """Return the selector, or None and all that is wrong with it."""
    tree = parse_tree(_parser(), text, _explained)
    if isinstance(tree, Refusal):
        return None, (tree,)
    refusals: list[Refusal] = []
    selector = _built(tree.children[0], refusals)
    return (None, tuple(refusals)) if refusals else (selector, ())


def _built(node: Any, refusals: list[Refusal]) -> Selector:
    if isinstance(node, Token):
        return Anything(node.type == "YES")
    if node.data == "match":
        return _match(node.children, refusals)
    terms = [_built(child, refusals) for child in node.children]
    if node.data == "disjunction":
        return any_of(terms)
    if node.data == "conjunction":
        return all_of(terms)
    return negation(terms[0])


def _match(children: list[Any], refusals: list[Refusal]) -> Selector:
    keyword, *arguments = children
    of = _SYNONYMS[keyword.lower()]
    sound = True
    for argument in arguments:
        try:
            PropertyMatch(of, argument[1:-1])
        except PatternUnsafe as error:
            message = f"the pattern is not allowed: {error}"
            refusals.append(Refusal(argument.start_pos + 1 + error.offset, message))
            sound = False
        except ValueError as error:
            refusals.append(Refusal(argument.start_pos + 1, str(error)))
            sound = False
    if not sound:
        return Anything(False)
    *label, pattern = (argument[1:-1] for argument in arguments)
    return PropertyMatch(of, pattern, *label)


def _explained(text: str, offset: int, expected: frozenset[str]) -> Refusal:
    allowed = in_words(expected, _WORDS)
    word = word_at(text, offset)
    if not word:
        return Refusal(offset, f"the selector ends where {allowed} should follow")
    message = f"`{word}` stands where {allowed} should"
    if "ARGUMENT" in expected:
        hint = "write the pattern in brackets, each ( with its )"
        return Refusal(offset, message, hint)
    close = nearest(word, _SYNONYMS) if "LABEL" in expected else ""
    return Refusal(offset, message, f"did you mean `{close}`?" if close else "")
