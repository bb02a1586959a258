"""Watches: the lines, the events, and the thread that reads them."""

from __future__ import annotations

import json
import queue
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vamp.drivers.scheduler.kubernetes.objects import pod
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, event, too_old
from vamp.drivers.scheduler.kubernetes.api import Expired
from vamp.drivers.scheduler.kubernetes.resources import PODS
from vamp.drivers.scheduler.kubernetes.stream import Change, End, WatchStream, changes_of, lines_of
from vamp.ports.errors import PortRefused, PortUnavailable

PATH = "/api/v1/namespaces/team/pods?watch"


@given(
    st.lists(st.binary(min_size=1).filter(lambda line: b"\n" not in line)),
    st.lists(st.integers(0, 200)),
)
def test_lines_of__cut_anywhere__are_the_lines(lines, cuts):
    text = b"".join(line + b"\n" for line in lines) + b"cut o"
    places = sorted({min(cut, len(text)) for cut in cuts})
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]

    assert list(lines_of(pieces)) == lines


def test_changes_of__events__are_told_with_their_version():
    lines = [json.dumps(event("MODIFIED", pod(version="12"))).encode()]

    (found,) = changes_of(PODS, lines)

    assert (found.resource, found.type, found.version) == (PODS, "MODIFIED", "12")


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b'{"type": "ADDED", "object": {}}', b"7"])
def test_changes_of__a_line_that_is_no_event__is_unavailable(line):
    with pytest.raises(PortUnavailable, match="no watch event"):
        list(changes_of(PODS, [line]))


@pytest.mark.parametrize(
    ("item", "kind"),
    [(too_old(), Expired), (event("ERROR", {"code": 403, "message": "no"}), PortRefused),
     (event("ERROR", {"message": "odd"}), PortUnavailable)],
)  # fmt: skip
def test_changes_of__error_in_the_stream__is_raised_after_what_came_before(item, kind):
    lines = [json.dumps(each).encode() for each in (event("ADDED", pod()), item)]
    changes = changes_of(PODS, lines, "team")

    assert next(changes).type == "ADDED"
    with pytest.raises(kind):
        next(changes)


def test_stream__ended_by_the_server__puts_changes_and_an_end(server):
    server.on("GET", PATH, Answer(lines=[event("ADDED", pod())]))
    out = queue.Queue()
    stream = WatchStream(server.api(), PODS, "team", out)

    stream.open("10")

    change, end = out.get(timeout=10), out.get(timeout=10)
    assert isinstance(change, Change)
    assert isinstance(end, End)
    assert (end.error, end.stream) == (None, stream)
    assert 240 <= int(server.asked[0].query["timeoutSeconds"]) <= 300


def test_stream__refused__ends_with_the_reason(server):
    server.on("GET", PATH, Answer({"message": "no"}, 403))
    out = queue.Queue()

    WatchStream(server.api(), PODS, "team", out).open("10")

    with pytest.raises(PortRefused, match="'watch pods'"):
        raise out.get(timeout=10).error


def test_stream__server_goes_in_the_middle__is_unavailable(server):
    held = threading.Event()
    server.on("GET", PATH, Answer(lines=[event("ADDED", pod())], held=held))
    out = queue.Queue()
    stream = WatchStream(server.api(), PODS, "team", out)
    stream.open("10")
    out.get(timeout=10)

    stream._answer.shutdown()

    assert isinstance(out.get(timeout=10).error, PortUnavailable)
    held.set()


def test_stream__closed__ends_its_thread_and_puts_nothing_more(server):
    held = threading.Event()
    server.on("GET", PATH, Answer(lines=[event("ADDED", pod())], held=held))
    out = queue.Queue()
    stream = WatchStream(server.api(), PODS, "team", out)
    stream.open("10")
    out.get(timeout=10)
    (thread,) = (each for each in threading.enumerate() if each.name == "watch-pods")

    stream.close()

    thread.join(timeout=10)
    assert not thread.is_alive()
    assert out.empty()
    held.set()
