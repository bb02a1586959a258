"""Clients: one for each process and URL; errors that say what to do and hold no secret."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.vamp.drivers.elasticsearch.scripted import Answer, page, scripted
from vamp.drivers.elasticsearch.client import check, client_of, port_errors, reason_of
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused, PortUnavailable

ERROR = {"error": {"type": "x_exception", "reason": "it hurts", "root_cause": []}}


def dsn_of(address: str, user: str = "", options: str = "tls=off") -> Dsn:
    return Dsn.parse(f"elasticsearch://{user}{address.removeprefix('http://')}/vamp?{options}")


def ask(dsn: Dsn) -> None:
    with port_errors():
        client_of(dsn).count(index="vamp-*")


def test_client_of__same_url_in_many_threads__is_one():
    dsn = Dsn.parse("elasticsearch://127.0.0.1:1/vamp?tls=off")

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: client_of(dsn), range(32)))

    assert len(found) == 1
    assert client_of(Dsn.parse("elasticsearch://127.0.0.1:2/vamp?tls=off")) not in found


def test_client_of__in_a_child_process__is_another():
    dsn = Dsn.parse("elasticsearch://127.0.0.1:1/vamp?tls=off")
    ours = client_of(dsn)
    reading, writing = os.pipe()

    child = os.fork()
    if not child:
        os.write(writing, b"same" if client_of(dsn) is ours else b"another")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 10) == b"another"
    assert client_of(dsn) is ours
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("user", "options", "sent"),
    [
        ("", "tls=off", None),
        ("ana:s%3Acret@", "tls=off", "Basic YW5hOnM6Y3JldA=="),
        ("", "tls=off&api_key=bXk6a2V5", "ApiKey bXk6a2V5"),
    ],
)
def test_request__credentials_of_the_url__are_sent(user, options, sent):
    with scripted(lambda request: Answer(body={"count": 0})) as server:
        ask(dsn_of(server.address, user, options))

    assert server.asked[0].headers.get("authorization") == sent


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PortRefused),
        (401, PortRefused),
        (403, PortRefused),
        (404, PortUnavailable),
        (408, PortUnavailable),
        (429, PortUnavailable),
        (500, PortUnavailable),
        (503, PortUnavailable),
    ],
)
def test_port_errors__answer_is_an_error__is_the_ports_with_its_reason(status, kind):
    with (
        scripted(lambda request: Answer(status, ERROR)) as server,
        pytest.raises(kind, match=f"{status}.*it hurts") as caught,
    ):
        ask(dsn_of(server.address, "ana:hunter2@"))

    assert "hunter2" not in str(caught.value)


def test_port_errors__nobody_answers__is_unavailable():
    with pytest.raises(PortUnavailable, match="does not answer") as caught:
        ask(dsn_of("http://127.0.0.1:1", "ana:hunter2@"))

    assert "hunter2" not in str(caught.value)


def test_port_errors__connection_is_cut__is_tried_once_more_and_then_unavailable():
    with (
        scripted(lambda request: Answer(is_cut=True)) as server,
        pytest.raises(PortUnavailable, match="does not answer"),
    ):
        ask(dsn_of(server.address))

    assert len(server.asked) == 2


def test_port_errors__another_product_answers__is_refused():
    with (
        scripted(
            lambda request: Answer(body={"count": 0}, headers={"Content-Type": "application/json"})
        ) as server,
        pytest.raises(PortRefused, match="not Elasticsearch"),
    ):
        ask(dsn_of(server.address))


def test_port_errors__proxy_has_no_server_behind_it__is_unavailable():
    with (
        scripted(lambda request: page(502)) as server,
        pytest.raises(PortUnavailable, match="502"),
    ):
        ask(dsn_of(server.address))


def test_port_errors__answer_is_no_json__is_unavailable():
    with (
        scripted(lambda request: Answer(body=b"<html>")) as server,
        pytest.raises(PortUnavailable),
    ):
        ask(dsn_of(server.address))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (ERROR, "x_exception: it hurts"),
        ({"error": {"root_cause": [{"type": "a", "reason": "b"}], "type": "outer"}}, "a: b"),
        (
            {
                "error": {
                    "type": "a",
                    "reason": "b",
                    "caused_by": {"reason": "field [x] is no number"},
                }
            },
            "a: b: field [x] is no number",
        ),
        ("<html>bad gateway", "<html>bad gateway"),
        ({"error": {}}, "no reason given"),
        (None, "None"),
    ],
)
def test_reason_of__answers_of_all_kinds__is_one_short_sentence(body, reason):
    assert reason_of(body) == reason
    assert len(reason_of({"error": {"type": "x" * 1000}})) == 300


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("elasticsearch:", "no host"),
        ("elasticsearch://es/vamp?ssl=off", "unknown option ssl"),
        ("elasticsearch://es/vamp?tls=maybe", "tls is neither"),
        ("elasticsearch://ana:x@es/vamp?api_key=y", "both a user and an api_key"),
    ],
)
def test_check__url_cannot_be_used__says_why(url, fault):
    with pytest.raises(Invalid) as caught:
        check(Dsn.parse(url))

    assert [each.message.startswith(fault) for each in caught.value.faults] == [True]


def test_client_of__certificate_is_missing__is_refused():
    with pytest.raises(PortRefused, match="certificate"):
        client_of(Dsn.parse("elasticsearch://es:9200/vamp?ca=/does/not/exist"))
