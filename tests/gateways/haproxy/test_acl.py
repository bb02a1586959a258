from __future__ import annotations

import random

import pytest

from gateways.domain.condition import (
    Constant,
    Match,
    Operator,
    Subject,
    all_of,
    any_of,
    evaluate,
    negation,
    parse_condition,
)
from gateways.domain.request import Request
from gateways.haproxy.acl import AclWriter, expressions
from gateways.haproxy.config import Endpoint, RouteCondition
from tests.gateways.haproxy.builders import gateway
from tests.gateways.haproxy.live import running

ATOMS = [
    parse_condition(text)
    for text in (
        "path starts /a",
        "path ends z",
        "path has 'b c'",
        "method is POST",
        "header x-a is 1",
        "has header x-b",
        "cookie s is 'a\"b'",
        "parameter q is 1",
        "user-agent is Firefox",
        "source 10.0.0.0/8, 127.0.0.1",
        "header \"it's\" has '}'",
    )
] + [Constant(True), Constant(False)]


def some_condition(chance: random.Random, depth: int):
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(ATOMS)
    terms = [some_condition(chance, depth - 1) for _ in range(chance.choice([2, 2, 3, 12]))]
    return chance.choice([all_of, any_of, lambda found: negation(found[0])])(terms)


def some_request(chance: random.Random) -> tuple[str, str, list[tuple[str, str]]]:
    target = chance.choice(["/", "/a", "/az", "/zz"]) + chance.choice(["", "?q=1", "?q=2"])
    headers = [
        ("X-A", chance.choice(["1", "2"])),
        ("X-B", ""),
        ("Cookie", 's=a"b'),
        ("User-Agent", chance.choice(["Firefox/1", "curl"])),
        ("it's", "a } b"),
    ]
    kept = [header for header in headers if chance.random() < 0.6]
    return chance.choice(["GET", "POST"]), target, kept


@pytest.mark.haproxy
def test_conditions__generated__are_answered_as_python_answers_them(tmp_path):
    chance = random.Random(7)
    down = Endpoint("down", "127.0.0.1", 1)
    conditions = [some_condition(chance, depth) for depth in (1, 2, 3, 4) for _ in range(12)]
    gateways = [
        gateway(
            f"g{index}",
            {"no": down, "yes": down},
            conditions={"yes": RouteCondition(condition)},
        )
        for index, condition in enumerate(conditions)
    ]
    answers = set()
    with running(gateways, tmp_path) as live:
        secret = ("X-Vamp-Probe", live.settings.probe_secret)
        connection = live.connection()
        for index, condition in enumerate(conditions):
            for _ in range(20):
                method, target, headers = some_request(chance)
                host = f"g{index}.test"
                request = Request.of(method, target, [("Host", host), *headers])
                expected = "yes" if evaluate(condition, request) else "no"

                answer = live.get(host, target, [*headers, secret], method=method, over=connection)

                assert answer.body["route"] == expected, (condition, request)
                answers.add((index, expected))
    assert len({index for index, _ in answers}) * 1.3 < len(answers)


def test_alternatives__inner_or__goes_into_a_variable():
    writer = AclWriter()

    found = writer.alternatives(
        parse_condition("(path is /a or path is /b) and method is GET or host is a.test")
    )

    assert writer.lines == [
        "acl c1 path -m str -- /a",
        "acl c2 path -m str -- /b",
        "http-request set-var(txn.x1) bool(true) if c1",
        "http-request set-var(txn.x1) bool(true) if c2",
        "acl c3 method -m str -- GET",
        "acl c4 req.hdr(host),host_only,lower -m str -- a.test",
    ]
    assert found == ("{ var(txn.x1) -m found } c3", "c4")


def test_alternatives__nested_deeply__text_grows_with_the_condition():
    condition = ATOMS[0]
    for index in range(40):
        other = Match(Subject.PATH, Operator.IS, f"/{index}")
        either = any_of([condition, other])
        condition = all_of([either, negation(Match(Subject.PATH, Operator.IS, f"/x{index}"))])
    writer = AclWriter()

    writer.alternatives(condition)

    assert len(writer.lines) < 200
    assert all(len(line.split()) <= 64 for line in writer.lines)


def test_expressions__many_networks__are_several_lines():
    networks = ", ".join(f"10.0.{index}.0/24" for index in range(60))

    found = expressions(Match(Subject.SOURCE, Operator.IN, networks))

    assert len(found) == 2
    assert found[0].startswith("src -m ip -- 10.0.0.0/24 10.0.1.0/24 ")
