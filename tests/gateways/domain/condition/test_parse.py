from __future__ import annotations

import pytest
from hypothesis import given, settings

from gateways.domain.condition import (
    Condition,
    Constant,
    Match,
    Operator,
    Subject,
    all_of,
    any_of,
    negation,
    parse_condition,
)
from gateways.domain.condition.parse import read_condition
from tests.gateways.domain.strategies import LANGUAGE
from vamp.errors import Invalid

FIREFOX = Match(Subject.USER_AGENT, Operator.CONTAINS, "Firefox")
HOST = Match(Subject.HOST, Operator.IS, "shop.test")
HAS_COOKIE = Match(Subject.COOKIE, Operator.EXISTS, name="id")
HAS_HEADER = Match(Subject.HEADER, Operator.EXISTS, name="x-id")
COOKIE = Match(Subject.COOKIE, Operator.CONTAINS, "v", name="id")
HEADER = Match(Subject.HEADER, Operator.CONTAINS, "v", name="x-id")
A = Match(Subject.PATH, Operator.IS, "/a")
B = Match(Subject.PATH, Operator.IS, "/b")
C = Match(Subject.PATH, Operator.IS, "/c")


def faults_of(text: str) -> list[tuple[str, int | None, int | None, str]]:
    with pytest.raises(Invalid) as caught:
        parse_condition(text)
    return [(fault.message, fault.line, fault.column, fault.hint) for fault in caught.value.faults]


@pytest.mark.parametrize(
    "subject", ["user-agent", "user.agent", "useragent", "User-Agent", "USERAGENT"]
)
@pytest.mark.parametrize("operator", ["==", "=", "is", "has", "contains", "IS"])
def test_parse__user_agent_in_all_its_forms__is_the_same(subject, operator):
    assert parse_condition(f"{subject} {operator} Firefox") == FIREFOX


@pytest.mark.parametrize("operator", ["!=", "!", "not", "misses", "is not", "IS  NOT"])
def test_parse__negative_operators__are_negations(operator):
    assert parse_condition(f"user-agent {operator} Firefox") == negation(FIREFOX)
    assert parse_condition(f"host {operator} shop.test") == negation(HOST)


@pytest.mark.parametrize("operator", ["==", "=", "is", "has", "contains"])
def test_parse__host_with_any_synonym__is_equality(operator):
    assert parse_condition(f"host {operator} Shop.TEST") == HOST


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("user-agent=Firefox", FIREFOX),
        ("has cookie id", HAS_COOKIE),
        ("contains cookie id", HAS_COOKIE),
        ("misses cookie id", negation(HAS_COOKIE)),
        ("has header X-Id", HAS_HEADER),
        ("contains header X-Id", HAS_HEADER),
        ("misses header X-Id", negation(HAS_HEADER)),
        ("cookie id has v", COOKIE),
        ("cookie id contains v", COOKIE),
        ("cookie id misses v", negation(COOKIE)),
        ("header X-Id has v", HEADER),
        ("header X-Id contains 'v'", HEADER),
        ("header X-Id misses v", negation(HEADER)),
        ("cookie id exists", HAS_COOKIE),
        ("path is /a", A),
        ("path == /a", A),
        ("path != /a", negation(A)),
        ("path is not /a", negation(A)),
        ("path starts /a", Match(Subject.PATH, Operator.STARTS, "/a")),
        ("path ends .css", Match(Subject.PATH, Operator.ENDS, ".css")),
        ("path has /a", Match(Subject.PATH, Operator.CONTAINS, "/a")),
        ("path misses /a", negation(Match(Subject.PATH, Operator.CONTAINS, "/a"))),
        ("path matches '^/a(/|$)'", Match(Subject.PATH, Operator.MATCHES, "^/a(/|$)")),
        ("method is get", Match(Subject.METHOD, Operator.IS, "GET")),
        ("method != POST", negation(Match(Subject.METHOD, Operator.IS, "POST"))),
        ("header X-Id is v", Match(Subject.HEADER, Operator.IS, "v", "x-id")),
        ("header X-Id starts v", Match(Subject.HEADER, Operator.STARTS, "v", "x-id")),
        ("header X-Id matches ^v", Match(Subject.HEADER, Operator.MATCHES, "^v", "x-id")),
        ("cookie Id is v", Match(Subject.COOKIE, Operator.IS, "v", "Id")),
        ("parameter q is v", Match(Subject.PARAMETER, Operator.IS, "v", "q")),
        ("parameter q exists", Match(Subject.PARAMETER, Operator.EXISTS, name="q")),
        ("parameter q has", Match(Subject.PARAMETER, Operator.EXISTS, name="q")),
        ("has parameter q", Match(Subject.PARAMETER, Operator.EXISTS, name="q")),
        ("source 10.0.0.0/8", Match(Subject.SOURCE, Operator.IN, "10.0.0.0/8")),
        ("source in 10.0.0.1/32, FD00::/8,10.0.0.1", Match(Subject.SOURCE, Operator.IN, "10.0.0.1, fd00::/8")),
        ("true", Constant(True)),
        ("T", Constant(True)),
        ("1", Constant(True)),
        ("false", Constant(False)),
        ("f", Constant(False)),
        ("0", Constant(False)),
        ("not true", Constant(False)),
        ('cookie id is "a""b"', Match(Subject.COOKIE, Operator.IS, 'a"b', "id")),
        ("cookie id is 'it''s'", Match(Subject.COOKIE, Operator.IS, "it's", "id")),
        ("header 'a|b' exists", Match(Subject.HEADER, Operator.EXISTS, name="a|b")),
        ("cookie and is or", Match(Subject.COOKIE, Operator.IS, "or", "and")),
    ],
)  # fmt: skip
def test_parse__every_form__is_its_match(text, condition):
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("path is /a or path is /b and path is /c", any_of([A, all_of([B, C])])),
        ("(path is /a | path is /b) & path is /c", all_of([any_of([A, B]), C])),
        ("path is /a || (path is /b || path is /c)", any_of([A, B, C])),
        ("PATH is /a AND (path is /b && path is /c)", all_of([A, B, C])),
        ("not path is /a and path is /b", all_of([negation(A), B])),
        ("!(path is /a or path is /b)", negation(any_of([A, B]))),
        ("! (! path is /a)", A),
        ("path is /a\n  or\tpath is /b", any_of([A, B])),
    ],
)
def test_parse__connectives__bind_not_then_and_then_or(text: str, condition: Condition):
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    ("browser", "words"),
    [("Chrome", ["Chrome"]), ("firefox", ["Firefox"]), ("Safari", ["Safari", "Version"]), ("EDGE", ["Edge"]), ("IE", ["MSIE"])],
)  # fmt: skip
def test_parse__browser__is_a_short_cut_unless_quoted(browser, words):
    expected = all_of(Match(Subject.USER_AGENT, Operator.CONTAINS, word) for word in words)

    assert parse_condition(f"user-agent is {browser}") == expected
    assert parse_condition(f"user-agent is '{browser}'") == Match(
        Subject.USER_AGENT, Operator.CONTAINS, browser
    )


@pytest.mark.parametrize("text", ["< path_beg /user/a >", "path is /a and <x>", "<"])
def test_parse__raw_access_rule__is_refused_and_names_the_short_codes(text):
    ((message, _, column, hint),) = faults_of(text)

    assert "not accepted" in message
    assert "path starts /user" in hint
    assert column == text.index("<") + 1


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "nothing in it"),
        ("   ", 1, 1, "nothing in it"),
        ("path is", 1, 8, "ends where a value should follow"),
        ("path is /a and\n", 1, 15, "ends where a comparison"),
        ("path is /a\nhots is b", 2, 1, "`hots` stands where `and`, `or` or the end should"),
        ("hots is a", 1, 1, "did you mean `host`?"),
        ("path is a b", 1, 11, "put a value with spaces in quotes"),
        ("path is 'a", 1, 9, "the quote is not closed"),
        ("(path is /a", 1, 12, "`)`"),
        ("path is /a)", 1, 11, "closes no bracket"),
        ("path matches ^/(a)", 1, 16, "stands where"),
        ("method get", 1, 8, "where `is` or `not` should"),
        ("p\u0430th is /a", 1, 2, "U+0430 (CYRILLIC SMALL LETTER A)"),
        ("path is /\u0430", 1, 10, "U+0430 (CYRILLIC SMALL LETTER A)"),
        ("path is '/a\x00'", 1, 12, "U+0000"),
        ("path is '/a\n'", 1, 12, "U+000A"),
        ("host is shop.test:80", 1, 9, "leave it out"),
        ("host is 'a b'", 1, 9, "not a host name"),
        ("source 10.0.0.1/8", 1, 8, "write 10.0.0.0/8"),
        ("source ::ffff:10.0.0.1", 1, 8, "write it as IPv4"),
        ("source here", 1, 8, "not a network"),
        ("header 'a b' exists", 1, 8, "not a name"),
        ("path matches '(a+)+'", 1, 19, "neither repetitions nor alternatives"),
        ("method is 'G T'", 1, 11, "not a method"),
        ("cookie a is ''", 1, 13, "empty"),
        ("(" * 40 + "true" + ")" * 40, 1, 33, "nested deeper than 32"),
        ("path is /" + "a" * 300, 1, 9, "more than 256"),
        ("true or " * 600, 1, 4097, "longer than 4096"),
    ],
)  # fmt: skip
def test_parse__fault__says_line_column_and_what_is_wrong(text, line, column, said):
    ((message, found_line, found_column, hint),) = faults_of(text)

    assert (found_line, found_column) == (line, column)
    assert said in f"{message}; {hint}"


def test_parse__several_wrong_values__are_all_told():
    found = faults_of("source 10.0.0.1/8 and header 'a b' is '\x01'\n or path matches '(a+)+'")

    assert [(line, column) for _, line, column, _ in found] == [(1, 8), (1, 30), (1, 40), (2, 23)]


@given(LANGUAGE)
@settings(deadline=None, max_examples=400)
def test_parse__any_text__is_read_or_refused_inside_it(text):
    condition, refusals = read_condition(text)

    assert (condition is None) == bool(refusals)
    assert all(0 <= refusal.offset <= len(text) for refusal in refusals)
