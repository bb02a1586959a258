"""Hypothesis strategies for conditions and the requests that they might hold for."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from gateways.domain.condition import Constant, Match, Operator, Subject, all_of, any_of, negation
from gateways.domain.condition.ast import NAMED, OPERATORS
from gateways.domain.condition.values import canonical_source
from gateways.domain.request import Request

PRINTABLE = "".join(chr(code) for code in range(32, 127))
WORDS = st.sampled_from(
    ["a", "/a", "/beta", "or", "and", "not", "Safari", "x y", "it's", 'a"b', "/a,b", "IS"]
)
VALUES = WORDS | st.text(alphabet=PRINTABLE, min_size=1, max_size=12)
NAMES = st.sampled_from(["a", "session", "and", "x-user", "it's", "a|b", "has", "!x"])
HOSTS = st.sampled_from(["shop.test", "a", "[::1]", "10.0.0.1"])
METHODS = st.sampled_from(["GET", "POST", "M-SEARCH"])
NETWORKS = st.lists(
    st.sampled_from(["10.0.0.0/8", "10.1.2.3", "::1", "fd00::/8", "0.0.0.0/0"]),
    min_size=1,
    max_size=3,
).map(canonical_source)
PATTERNS = st.sampled_from(["^/a", "b$", "[a-c]+", "(a|b)", r"\d", "^.$", "a{2,3}"])


@st.composite
def matches(draw: st.DrawFn) -> Match:
    subject = draw(st.sampled_from(list(Subject)))
    operator = draw(st.sampled_from(sorted(OPERATORS[subject])))
    name = draw(NAMES) if subject in NAMED else ""
    special = {Subject.HOST: HOSTS, Subject.METHOD: METHODS, Subject.SOURCE: NETWORKS}
    values = PATTERNS if operator is Operator.MATCHES else special.get(subject, VALUES)
    return Match(subject, operator, "" if operator is Operator.EXISTS else draw(values), name)


conditions = st.recursive(
    matches() | st.booleans().map(Constant),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(all_of)
        | st.lists(inner, min_size=2, max_size=3).map(any_of)
        | inner.map(negation)
    ),
    max_leaves=6,
)

_PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=3).map(tuple)

requests = st.builds(
    Request,
    method=METHODS,
    host=HOSTS,
    path=st.sampled_from(["/a", "/beta", "/", "/aab", ""]),
    query=_PAIRS,
    headers=_PAIRS,
    cookies=_PAIRS,
    source=st.sampled_from(["10.1.2.3", "::1", "192.168.0.1", "::ffff:10.1.2.3"]),
)

LANGUAGE = st.lists(
    st.sampled_from(
        ["path", "host", "header", "cookie", "is", "not", "and", "or", "(", ")", "!", "|", "&&", "=", "<", ">",
         "user-agent", "source", "10.0.0.0/8", ",", "'a b'", '"', "true", "1", "has", "matches", "x", "\n"]
    ),
    max_size=10,
).map(" ".join) | st.text(alphabet=string.printable, max_size=30) | st.text(max_size=20)  # fmt: skip
"""Texts that are nearly conditions, and texts that are nothing like them."""
