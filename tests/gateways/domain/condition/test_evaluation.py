from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.domain.condition import Match, Operator, Subject, evaluate, parse_condition
from gateways.domain.request import Request
from gateways.haproxy.acl import expressions

GET = Request.of(
    "GET",
    "/beta/x?debug=1&debug=2&empty=",
    [
        ("Host", "Shop.Test:80"),
        ("User-Agent", "Mozilla (X) Firefox/1"),
        ("X-User", "7, 8"),
        ("X-User", "9"),
        ("Cookie", "group=a; group=b; other=c"),
    ],
    source="10.1.2.3",
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("host is shop.test", True), ("host is shop", False), ("user-agent is Firefox", True),
        ("user-agent is 'firefox'", False), ("user-agent is Safari", False),
        ("path is /beta/x", True), ("path starts /beta", True), ("path starts /Beta", False), ("path ends /x", True),
        ("path has eta", True), ("path matches ^/b[a-z]+/", True), ("path matches ^x", False), ("path has debug", False),
        ("method is GET", True), ("method not GET", False),
        ("has header x-user", True), ("header X-USER is 9", True), ("header x-user is 8", False),
        ("header x-user has 8", True), ("header x-user misses 8", False), ("has header x-none", False),
        ("cookie group is b", True), ("cookie group is a", True), ("cookie Group is a", False), ("misses cookie none", True),
        ("parameter debug is 2", True), ("parameter empty exists", True), ("parameter other exists", False),
        ("source 10.0.0.0/8", True), ("source 10.0.0.0/16, 10.1.2.3", True), ("source fd00::/8", False),
        ("true and not false", True), ("path is /a or method is GET and host is shop.test", True),
        ("(path is /a or method is GET) and host is shop", False),
    ],
)  # fmt: skip
def test_evaluate__one_request__answers(text, holds):
    assert evaluate(parse_condition(text), GET) is holds


def test_evaluate__ipv4_source_in_ipv6_form__is_the_ipv4_one():
    request = Request.of("GET", "/", source="::ffff:10.0.0.1")

    assert evaluate(parse_condition("source 10.0.0.0/8"), request)
    assert not evaluate(parse_condition("source fd00::/8"), request)


# The same questions to a real HAProxy, compiled by our own renderer.

TARGETS = [
    "/a?q=1",
    "/a?q=",
    "/a?q",
    "/a?b=2;q=1",
    "/a?q=2&q=1",
    "/a?x?q=1",
    "/a?q=%31",
    "//a",
    "/%61",
    "/aab",
    "/",
]
HEADERS: list[list[tuple[str, str]]] = [
    [],
    [("X-A", "1")], [("X-A", "1, 2")], [("x-a", "2"), ("X-A", "1")], [("X-A", "")], [("X-A", "  1\t")],
    [("Cookie", "s=1")], [("Cookie", 's="1"')], [("Cookie", "s=1,2")], [("Cookie", "s=2, s=1")], [("Cookie", "s = 1")],
    [("Cookie", "s")], [("Cookie", "s=")], [("Cookie", "x=1; s=")], [("Cookie", "x=1;s=")], [("Cookie", "s=;")],
    [("Cookie", 'x="; s=1"')], [("Cookie", "S=1")], [("Cookie", "s=2"), ("Cookie", "s=1")], [("Cookie", "s=a=1 ;x")],
    [("User-Agent", "x"), ("User-Agent", "Firefox, Y")], [("User-Agent", "firefox")], [("X-A", "\xe91")],
]  # fmt: skip
HOSTS = ["shop.test", "SHOP.test:80", "shop.test:", "shop.test.", "[::1]:80", ""]
METHODS = ["GET", "get", "POST", "PURGE"]
SOURCES = [
    "10.1.2.3", "11.0.0.1", "::1", "::2", "fd00::1", "::ffff:10.1.2.3", "2002:0a01:0203::1", "::10.1.2.3", "64:ff9b::10.1.2.3",
]  # fmt: skip

PATTERNS = [
    "^$", "^a", "b$", "^ab?c$", "a{2,3}", "^a{2}$", "a{2,}b", "[a-c]+x", "[^a-c]", r"\d+", r"^\D+$", r"\bab\b", r"a\Bb",
    r"^\w+\s\w+$", r"\S{4}", "(ab)*c", "(?:ab)+", "(a|b)(c|)", "a|^b", "^(a|)$", r"[\w.-]+@", r"[-a]", "[a-]b", r"[\]\[]",
    r"\{a\}", r"^.{3}$", "[&|~]", r"\.", "a.c", r"[\d\s]x", "#", "'", '"', r"\$", " ", "[$^]",
]  # fmt: skip
TEXTS = [
    "a", "ab", "abc", "aab", "aaab", "b", "c", "ac", "ababc", "x1", "1 2", "ab cd", "a.b@c", "-", "a-b", "[x]", "{a}",
    "a&b", "~", "$1", "a#b", "it's", 'a"b', "\xe9x", "cab", "ab1", "a_b",
]  # fmt: skip

MATCHES = [
    *(Match(Subject.HEADER, Operator.MATCHES, pattern, "x-p") for pattern in PATTERNS),
    *(
        Match(subject, operator, value, name)
        for subject, name in [(Subject.HEADER, "x-a"), (Subject.COOKIE, "s"), (Subject.PARAMETER, "q")]
        for operator, value in [
            (Operator.IS, "1"), (Operator.IS, "1, 2"), (Operator.IS, '"1"'), (Operator.STARTS, "2"), (Operator.ENDS, "1"),
            (Operator.CONTAINS, "1"), (Operator.MATCHES, "^.?$"), (Operator.MATCHES, "(1|a)"), (Operator.EXISTS, ""),
        ]
    ),
    *(Match(Subject.PATH, Operator.IS, value) for value in ["/a", "//a", "/%61"]),
    Match(Subject.PATH, Operator.STARTS, "/a"), Match(Subject.PATH, Operator.ENDS, "a"),
    Match(Subject.PATH, Operator.MATCHES, "^/a{2,3}b$"), Match(Subject.PATH, Operator.MATCHES, r"^/[^\w]"),
    Match(Subject.HOST, Operator.IS, "shop.test"), Match(Subject.HOST, Operator.IS, "[::1]"),
    *(Match(Subject.METHOD, Operator.IS, method) for method in ["GET", "POST", "PURGE"]),
    Match(Subject.USER_AGENT, Operator.CONTAINS, "Firefox"), Match(Subject.USER_AGENT, Operator.CONTAINS, "x, F"),
    Match(Subject.SOURCE, Operator.IN, "127.0.0.0/8"), Match(Subject.SOURCE, Operator.IN, "10.0.0.0/8, ::1, 127.0.0.1"),
    Match(Subject.SOURCE, Operator.IN, "127.0.0.2, ::/0"), Match(Subject.SOURCE, Operator.IN, "0.0.0.0/8"),
]  # fmt: skip


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A HAProxy that answers each request with the indexes of the matches that hold for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    acls = [
        f"  acl m{index} {text}"
        for index, match in enumerate(MATCHES)
        for text in expressions(match)
    ]
    marks = [
        f'  http-request set-var-fmt(txn.found) "%[var(txn.found)] {index}" if m{index}'
        for index in range(len(MATCHES))
    ]
    lines = [
        "global", "  maxconn 100", "defaults", "  mode http", "  timeout client 5s", "  timeout connect 1s",
        "  timeout server 5s", "frontend f", f"  bind 127.0.0.1:{port}", "  http-request set-src req.hdr(x-src)", *acls, *marks,
        '  http-request return status 200 content-type text/plain lf-string "=%[var(txn.found)]"',
    ]  # fmt: skip
    config: Path = tmp_path_factory.mktemp("haproxy") / "haproxy.cfg"
    config.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(
        ["/usr/sbin/haproxy", "-db", "-f", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        _await_listening(process, port)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _await_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(
                f"HAProxy ended: {process.stdout.read().decode() if process.stdout else ''}"
            )
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("HAProxy does not listen")


def ask(port: int, method: str, target: str, headers: list[tuple[str, str]]) -> set[int]:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    text = "\r\n".join([*lines, "Connection: close", "", ""])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(text.encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    assert answer.startswith("HTTP/1.1 200"), answer
    return {int(index) for index in answer.rpartition("=")[2].split()}


@pytest.mark.haproxy
@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        *(("GET", target, [("Host", "shop.test")]) for target in TARGETS),
        *(("GET", "/a", [("Host", "shop.test"), *headers]) for headers in HEADERS),
        *(("GET", "/a", [("Host", host)]) for host in HOSTS),
        *((method, "/a", [("Host", "shop.test")]) for method in METHODS),
        *(("GET", "/a", [("Host", "shop.test"), ("X-P", text)]) for text in TEXTS),
        *(("GET", "/a", [("Host", "shop.test"), ("X-Src", source)]) for source in SOURCES),
        ("GET", "http://shop.test/a?q=1", [("Host", "shop.test")]),
        ("OPTIONS", "*", [("Host", "shop.test")]),
    ],
    ids=repr,
)
def test_evaluate__what_haproxy_is_asked__is_answered_the_same(port, method, target, headers):
    sources = [value for name, value in headers if name == "X-Src"]
    request = Request.of(method, target, headers, *sources)

    expected = {index for index, match in enumerate(MATCHES) if evaluate(match, request)}

    found = ask(port, method, target, headers)
    assert [MATCHES[index] for index in found ^ expected] == []
