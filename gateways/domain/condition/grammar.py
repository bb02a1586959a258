"""The grammar of conditions, and the words in which errors speak of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lark import Lark

from gateways.domain.language import QUOTED

# A word is a keyword only where a keyword can stand (the lexer is contextual), so `path is and`
# needs no quotes. A keyword is a whole word.
_END = r"""(?![^\s()<>|&!"',=])"""

GRAMMAR: Final = rf"""
start: _expression
_expression: disjunction
disjunction: conjunction (_OR conjunction)*
conjunction: _factor (_AND _factor)*
_factor: negated | _operand
negated: _NOT _operand
_operand: _OPEN _expression _CLOSE | _comparison
_comparison: YES | NO | RAW
    | user_agent | host | path | method | source | presence | absence | named

user_agent: _USER_AGENT (LOOSE | LOOSE_NOT) value
host: _HOST (LOOSE | LOOSE_NOT) value
path: _PATH _how value
method: _METHOD (IS | ISNT) value
source: _SOURCE [_IN] value (_COMMA value)*
presence: _HAS_FIRST (HEADER | COOKIE | PARAMETER) name
absence: _MISSES_FIRST (HEADER | COOKIE | PARAMETER) name
named: (HEADER | COOKIE | PARAMETER) name (_how value | EXISTS | HAS)
_how: IS | ISNT | STARTS | ENDS | HAS | MISSES | MATCHES

value: WORD | QUOTED
name: NAME | QUOTED

_OR.2: /(?i:or){_END}|\|\|?/
_AND.2: /(?i:and){_END}|&&?/
_NOT.2: /(?i:not){_END}|!(?!=)/
_OPEN: "("
_CLOSE: ")"
_COMMA: ","
YES.2: /(?i:true|t|1){_END}/
NO.2: /(?i:false|f|0){_END}/
RAW: /<[^>]*>?/

_USER_AGENT.2: /(?i:user[-.]?agent){_END}/
_HOST.2: /(?i:host){_END}/
_PATH.2: /(?i:path){_END}/
_METHOD.2: /(?i:method){_END}/
_SOURCE.2: /(?i:source){_END}/
HEADER.2: /(?i:header){_END}/
COOKIE.2: /(?i:cookie){_END}/
PARAMETER.2: /(?i:parameter){_END}/
_HAS_FIRST.2: /(?i:has|contains){_END}/
_MISSES_FIRST.2: /(?i:misses){_END}/

LOOSE.3: /==?|(?i:is|has|contains){_END}/
LOOSE_NOT.4: /!=?|(?i:is\s+not|not|misses){_END}/
IS.2: /==?|(?i:is){_END}/
ISNT.3: /!=?|(?i:is\s+not|not){_END}/
STARTS.2: /(?i:starts){_END}/
ENDS.2: /(?i:ends){_END}/
HAS.2: /(?i:has|contains){_END}/
MISSES.2: /(?i:misses){_END}/
MATCHES.2: /(?i:matches){_END}/
EXISTS.2: /(?i:exists){_END}/
_IN.2: /(?i:in){_END}/

NAME: /[A-Za-z0-9#$%*+.^_`~\-]+/
WORD: /[^\s()<>|&!"',=][^\s()<>|&"',]*/
QUOTED: /{QUOTED}/
%ignore /[ \t\r\n]+/
"""

WORDS: Final = {
    "_HOST": "a comparison such as `path starts /beta`",
    "COOKIE": "`header`, `cookie` or `parameter`",
    "_NOT": "`not`",
    "_OPEN": "`(`",
    "YES": "`true`",
    "NO": "`false`",
    "LOOSE": "`is`",
    "LOOSE_NOT": "`not`",
    "IS": "`is`",
    "ISNT": "`not`",
    "STARTS": "`starts`",
    "ENDS": "`ends`",
    "HAS": "`has`",
    "MISSES": "`misses`",
    "MATCHES": "`matches`",
    "EXISTS": "`exists`",
    "_IN": "`in`",
    "NAME": "a name",
    "WORD": "a value",
    "_COMMA": "a comma",
    "_AND": "`and`",
    "_OR": "`or`",
    "_CLOSE": "`)`",
    "$END": "the end",
}
"""Terminal → the word for it in errors, in the order in which errors list them."""


@lru_cache(maxsize=1)
def condition_parser() -> Lark:
    """Return the parser; made once a process, in some 20 ms."""
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True)
