from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.request import Request, cookies_of, host_only, origin_form, query_parameters


def test_of__request__is_taken_apart():
    request = Request.of(
        "GET",
        "/a%20b?x=1&y",
        [("Host", "Shop.Test:8080"), ("X-A", " 1 "), ("x-a", "2"), ("Cookie", "s=1; t=2")],
        source="::1",
    )

    assert request == Request(
        method="GET",
        host="shop.test",
        path="/a%20b",
        query=(("x", "1"),),
        headers=(("host", "Shop.Test:8080"), ("x-a", "1"), ("x-a", "2"), ("cookie", "s=1; t=2")),
        cookies=(("s", "1"), ("t", "2")),
        source="::1",
    )


# The following answers are those of HAProxy 2.6.12, seen by experiment.


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("SHOP.test:80", "shop.test"), ("shop.test:", "shop.test"), ("shop.test:x", "shop.test"),
        ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a:b:1", "a:b"), ("shop.test.", "shop.test."),
        ("", ""), (":80", ""), ("[::1]x:80", "[::1]x"),
    ],
)  # fmt: skip
def test_host_only__header__loses_its_port_and_case(header, host):
    assert host_only(header) == host


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("a=1&b=2", [("a", "1"), ("b", "2")]), ("a=1;a=2", [("a", "1"), ("a", "2")]), ("a", []),
        ("a=", [("a", "")]), ("x?a=1", [("a", "1")]), ("a==1", [("a", "=1")]), ("a=1&&a=2", [("a", "1"), ("a", "2")]),
        ("a=%31", [("a", "%31")]), ("", []),
    ],
)  # fmt: skip
def test_query_parameters__query__is_parted_and_not_decoded(query, parameters):
    assert list(query_parameters(query)) == parameters


@pytest.mark.parametrize(
    ("line", "cookies"),
    [
        ("s=1", [("s", "1")]), ('s="1"', [("s", '"1"')]), ("s=1, s=2", [("s", "1"), ("s", "2")]),
        ("s = 1", [("s", "1")]), ("x; s=1", [("s", "1")]), ("s", []), ("s=", []), ("x=1; s=", [("x", "1"), ("s", "")]),
        ("x=1;s=", [("x", "1")]), ("s=;", [("s", "")]), ("s=,", []), ("s=1 ; x=2", [("s", "1"), ("x", "2")]),
        ('x="; s=1"', [("x", '"; s=1"')]), ('x="a, s=1', [("x", '"a, s=1')]), ("x=a\\; s=1", [("x", "a\\"), ("s", "1")]),
        ('s="a\\"; s=1', [("s", '"a\\"; s=1')]), ("s=a=1", [("s", "a=1")]), (";;s=1", [("s", "1")]),
    ],
)  # fmt: skip
def test_cookies_of__line__are_those_that_haproxy_sees(line, cookies):
    assert list(cookies_of(line)) == cookies


@pytest.mark.parametrize(
    ("target", "origin"),
    [
        ("/a?b", "/a?b"), ("//a", "//a"), ("http://h/a?b", "/a?b"), ("http://h", ""), ("*", ""),
        ("h:443", ""), ("/a://b", "/a://b"),
    ],
)  # fmt: skip
def test_origin_form__target__is_path_and_query(target, origin):
    assert origin_form(target) == origin


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
@settings(deadline=None, max_examples=100)
def test_of__any_text__never_fails(target, host, cookie):
    request = Request.of("GET", target, [("Host", host), ("Cookie", cookie)])

    assert "?" not in request.path
