from __future__ import annotations

import queue
import threading

import pytest

from tests.vamp.drivers.events.nats_server import running
from vamp import far_bell, streams
from vamp.far_bell import FarBell
from vamp.ports.errors import PortUnavailable
from vamp.streams import Stream

FAR = Stream("nats://far:4222")


class Channel:
    """Plays what is put into it: hints, silence (None) and errors."""

    def __init__(self):
        self.says = queue.SimpleQueue()

    def listen(self, subject, *, timeout_s):
        assert subject == "vamp.>"
        while True:
            said = self.says.get()
            if isinstance(said, Exception):
                raise said
            yield said


@pytest.fixture
def rings():
    return queue.SimpleQueue()


@pytest.fixture
def bell(rings, monkeypatch):
    monkeypatch.setattr(far_bell, "PAUSE_S", 0.01)
    channel = Channel()
    found = FarBell(lambda: rings.put(True), lambda stream: channel if stream == FAR else None)
    found.channel = channel
    yield found
    found.stop.set()
    channel.says.put(None)


def test_far_bell__an_event_elsewhere__rings_here(bell, rings):
    bell.hear([FAR, Stream("db:")])

    bell.channel.says.put({"n": 1})

    assert rings.get(timeout=10)


def test_far_bell__silence_and_a_lost_server__rings_again_later(bell, rings):
    bell.hear([FAR])
    bell.channel.says.put(None)
    bell.channel.says.put(PortUnavailable("gone"))
    bell.channel.says.put({"n": 1})

    assert rings.get(timeout=10)


def test_far_bell__a_long_outage__is_told_once_and_so_is_its_end(bell, rings, caplog):
    caplog.set_level("INFO", logger="vamp.events")
    bell.hear([FAR])
    for said in (*[PortUnavailable("gone")] * 3, {"n": 1}, {"n": 2}):
        bell.channel.says.put(said)

    assert rings.get(timeout=10)
    assert [record.getMessage() for record in caplog.records] == ["far.silent", "far.answers"]


def test_hear__the_same_stream_again__listens_once(bell):
    before = threading.active_count()

    bell.hear([FAR])
    bell.hear([FAR])

    assert threading.active_count() == before + 1


def test_listen_far__embedded_stream__starts_nothing():
    before = threading.active_count()

    far_bell.listen_far()

    assert threading.active_count() == before


@pytest.mark.stack
def test_far_bell__on_a_real_server__rings_for_what_another_process_published(tmp_path, rings):
    with running(tmp_path) as server:
        stream = Stream(server.url)
        bell = FarBell(lambda: rings.put(True))
        bell.hear([stream])
        elsewhere = server.stream()
        hints = streams.hints_of(stream)
        ear = hints.listen("vamp.>", timeout_s=10)
        assert next(ear) is None

        from tests.vamp.drivers.events.test_jetstream import message

        for number in range(1, 200):
            elsewhere.publish([message(number)])
            try:
                rings.get(timeout=0.1)
                break
            except queue.Empty:
                continue
        else:
            raise AssertionError("nothing rang")
        bell.stop.set()
        elsewhere.close()
        hints.close()
