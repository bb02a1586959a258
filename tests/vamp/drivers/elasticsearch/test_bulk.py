"""Bulk writes: what is put off is sent again, what is refused is told apart."""

from __future__ import annotations

import json
import logging
from collections import Counter

import pytest

from tests.vamp.drivers.elasticsearch.scripted import Answer, Request, page, scripted
from vamp.drivers.elasticsearch import bulk
from vamp.drivers.elasticsearch.bulk import TRIES, creation, store
from vamp.drivers.elasticsearch.client import client_of
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused, PortUnavailable


def no_wait(seconds: float) -> None:
    assert 0 < seconds <= 2


def client_at(address: str):
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    return client_of(Dsn.parse(f"elasticsearch://{address.removeprefix('http://')}/vamp?tls=off"))


def actions(count: int, size: int = 10):
    return [
        creation("i", f"d{n}", json.dumps({"n": n, "x": "x" * size}).encode()) for n in range(count)
    ]


class Node:
    """Stores by id; `status_of` decides what becomes of an id that comes for the n-th time."""

    def __init__(self, status_of=lambda identity, times: 201) -> None:
        self.status_of = status_of
        self.stored: set[str] = set()
        self.times: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer:
        heads = request.lines[::2]
        items = [{"create": self.item(head["create"]["_id"])} for head in heads]
        return Answer(body={"errors": any("error" in i["create"] for i in items), "items": items})

    def item(self, identity: str):
        self.times[identity] += 1
        status = self.status_of(identity, self.times[identity])
        if status == 201 and identity in self.stored:
            status = 409
        if status == 201:
            self.stored.add(identity)
            return {"status": 201}
        return {
            "status": status,
            "error": {"type": "some_exception", "reason": f"because {status}"},
        }


def test_store__documents_new_and_old__are_created_once():
    node = Node()
    with scripted(node) as server:
        client = client_at(server.address)

        first = store(client, actions(3), wait=no_wait)
        second = store(client, actions(5), wait=no_wait)

    assert (first.created, first.existed, first.refused) == (3, 0, {})
    assert (second.created, second.existed, second.refused) == (2, 3, {})


def test_store__some_are_put_off__only_those_are_sent_again():
    node = Node(lambda identity, times: 429 if identity in {"d1", "d3"} and times < 3 else 201)
    with scripted(node) as server:
        found = store(client_at(server.address), actions(5), wait=no_wait)

    assert found.created == 5
    assert node.times == {"d0": 1, "d1": 3, "d2": 1, "d3": 3, "d4": 1}


def test_store__some_are_refused__the_others_are_stored_and_it_says_which_and_why():
    statuses = {"d1": 400, "d3": 403}
    with scripted(Node(lambda identity, times: statuses.get(identity, 201))) as server:
        found = store(client_at(server.address), actions(5), wait=no_wait)

    assert found.created == 3
    assert found.refused == {
        1: "400: some_exception: because 400",
        3: "403: some_exception: because 403",
    }


def test_store__one_is_put_off_for_ever__gives_up_within_its_bound():
    node = Node(lambda identity, times: 503 if identity == "d1" else 201)
    with (
        scripted(node) as server,
        pytest.raises(PortUnavailable, match=r"puts 1 of 3 documents off.*because 503"),
    ):
        store(client_at(server.address), actions(3), wait=no_wait)

    assert node.times == {"d0": 1, "d1": TRIES, "d2": 1}


@pytest.mark.parametrize("status", [429, 502, 503])
def test_store__whole_requests_are_put_off__are_sent_again(status):
    node, answers = Node(), [Answer(status, {"error": "busy"})] * 2
    with scripted(lambda request: answers.pop() if answers else node(request)) as server:
        found = store(client_at(server.address), actions(3), wait=no_wait)

    assert found.created == 3
    assert len(server.asked) == 3


def test_store__credentials_are_refused__is_refused_at_once():
    with (
        scripted(lambda request: Answer(401, {"error": "who are you"})) as server,
        pytest.raises(PortRefused, match="credentials"),
    ):
        store(client_at(server.address), actions(3), wait=no_wait)

    assert len(server.asked) == 1


def test_store__request_is_too_large_for_a_proxy__is_sent_in_halves():
    node = Node()

    def say(request: Request) -> Answer:
        return page(413) if len(request.body) > 400 else node(request)

    with scripted(say) as server:
        found = store(
            client_at(server.address),
            [*actions(20), creation("i", "big", b'"' + b"x" * 500 + b'"')],
            wait=no_wait,
        )

    assert found.created == 20 == len(node.stored)
    assert [*found.refused] == [20]


def test_store__more_than_goes_into_a_request__is_parted(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK_BYTES", 1_000)
    monkeypatch.setattr(bulk, "CHUNK_DOCUMENTS", 8)
    node = Node()
    with scripted(node) as server:
        found = store(
            client_at(server.address), [*actions(20), *actions(30, size=300)[20:]], wait=no_wait
        )

    assert found.created == 30
    assert all(len(request.body) <= 1_000 for request in server.asked)
    assert max(len(request.lines) for request in server.asked) == 16


def test_creation__identity_that_could_break_the_line__is_only_text():
    text = creation("i", 'a"}}\n{"delete":{"_id":"b', b"{}")

    line, document, rest = text.split(b"\n")
    assert (document, rest) == (b"{}", b"")
    assert json.loads(line)["create"]["_id"] == 'a"}}\n{"delete":{"_id":"b'
