from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.pattern import LONGEST_PATTERN, PatternUnsafe, check_pattern, compiled

SIGNS = r"ab1.^$[]()|*+?{}2,\dwsb-&~: "


def outcome(pattern: str) -> PatternUnsafe | None:
    try:
        check_pattern(pattern)
    except PatternUnsafe as error:
        return error
    return None


@pytest.mark.parametrize(
    "pattern",
    [
        "", "^/beta(/|$)", "[a-z0-9_-]+", "a{2,5}", "a{3}", "a{2,}", "(.*)", r"\d+\.\d+", "(ab)*",
        "((a)c)+", "(?:a|b)?", "[^/]+", r"[\w.-]+", r"\[x\]", "(a|b)(c|d)", r"\bword\b",
        "[-a]", "[a-]", "(a?b)?", "/v1", "app.kubernetes.io/name",
    ],
)  # fmt: skip
def test_check_pattern__safe_part__is_allowed(pattern):
    assert outcome(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "offset"),
    [
        ("(a+)+", 4), ("(a|b)*", 5), ("(a*){2}", 4), ("(a?){9}", 4), ("((a|b)c)+", 8), ("()*", 2),
        ("(?i)a", 0), ("(?=a)", 0), ("(?P<n>a)", 0), ("(?<!a)", 0), ("(?>a)", 0), (r"(a)\1", 3),
        ("a**", 2), ("a+?", 2), ("a++", 2), ("*a", 0), ("^*", 1), (r"\b+", 2), ("a{,5}", 1), ("a{x", 1),
        ("a{5,2}", 1), ("a{101}", 1), ("a{", 1), ("[a", 0), ("[]", 0), ("[^]", 0), ("[[:alpha:]]", 1),
        ("[.a.]", 0), ("[z-a]", 1), ("[a-Z]", 1), ("[+--]", 1), ("[a&&b]", 2), ("a]", 1), ("a}", 1),
        ("(a", 0), ("a)", 1), ("a\\", 1), (r"\n", 0), (r"\pL", 0), (r"[\b]", 1), ("a\nb", 1), ("ä", 0),
        (".*.*.*.*.*", 9), ("(((((((((a)))))))))", 8), ("a" * 300, LONGEST_PATTERN),
    ],
)  # fmt: skip
def test_check_pattern__beyond_the_safe_part__is_refused_at_its_place(pattern, offset):
    error = outcome(pattern)

    assert error is not None
    assert error.offset == offset


@given(st.text(alphabet=SIGNS, max_size=24) | st.text(max_size=12))
@settings(deadline=None, max_examples=400)
def test_check_pattern__any_text__is_refused_or_compiles_without_warning(pattern):
    if outcome(pattern) is None:
        re.compile(pattern, re.ASCII)


@pytest.mark.parametrize("pattern", ["(ab)*c", "a*a*a*a*b", "(a{1,9}b?)?c", "[ab]*[bc]*[cd]*e"])
def test_compiled__worst_case_that_is_allowed__answers_soon(pattern):
    value = "ab" * 30

    started = time.process_time()
    compiled(pattern).search(value)

    # A pattern that backtracks without bound would take years.
    assert time.process_time() - started < 60


def test_compiled__bytes_beyond_ascii__are_no_letters():
    assert compiled(r"^\w$").search("\xe9") is None
    assert compiled("^.$").search("\xe9") is not None
