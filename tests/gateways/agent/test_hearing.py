"""Hints: heard, wrong, and not to be had."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gateways.agent.hearing import Hearing
from gateways.haproxy.hint import hint_content
from gateways.haproxy.manifest import ManifestEntry
from vamp.ports.errors import PortUnavailable

ENTRIES = {"shop": ManifestEntry(2, "ab")}


class Channel:
    """Plays what is put into it: hints, silence (None) and errors."""

    def __init__(self) -> None:
        self.says: queue.SimpleQueue[Mapping[str, Any] | Exception | None] = queue.SimpleQueue()
        self.begun = 0

    def send(self, subject: str, content: Mapping[str, Any]) -> None:
        raise AssertionError("an agent says nothing")

    def listen(self, subject: str, *, timeout_s: float) -> Iterator[Mapping[str, Any] | None]:
        assert subject == "vamp.acme.production.gateways.hint"
        self.begun += 1
        yield None
        while True:
            said = self.says.get()
            if isinstance(said, Exception):
                raise said
            yield said


@pytest.fixture
def channel():
    return Channel()


@pytest.fixture
def heard(channel):
    found: queue.SimpleQueue[Mapping[str, ManifestEntry]] = queue.SimpleQueue()
    hearing = Hearing(channel, "vamp.acme.production.gateways.hint", found.put)
    hearing.start()
    yield found
    hearing.stop()
    channel.says.put(None)


def test_hearing__begins__asks_for_the_manifest_then_passes_hints_on(channel, heard):
    assert heard.get(timeout=10) == {}

    channel.says.put(hint_content(ENTRIES))

    assert heard.get(timeout=10) == ENTRIES


def test_hearing__something_else_is_said__the_manifest_is_asked_for(channel, heard):
    heard.get(timeout=10)

    channel.says.put({"what": "?"})

    assert heard.get(timeout=10) == {}


@pytest.mark.parametrize("error", [PortUnavailable("gone"), ZeroDivisionError("nobody thought")])
def test_hearing__channel_fails__listens_again_and_asks_for_the_manifest(channel, heard, error):
    heard.get(timeout=10)

    channel.says.put(error)

    assert heard.get(timeout=10) == {}
    channel.says.put(hint_content(ENTRIES))
    assert heard.get(timeout=10) == ENTRIES
    assert channel.begun == 2


def test_hearing__silence__asks_for_nothing(channel, heard):
    heard.get(timeout=10)

    channel.says.put(None)
    channel.says.put(hint_content(ENTRIES))

    assert heard.get(timeout=10) == ENTRIES
