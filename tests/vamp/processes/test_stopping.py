from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from vamp.processes import stopping


@pytest.fixture(autouse=True)
def former_signals():
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGTERM, signal.SIGINT, stopping.HAND_OVER)
    }
    yield
    stopping.stop.clear()
    for number, former in before.items():
        signal.signal(number, former)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_on_signals__asked_once__sets_the_event(number):
    stop = stopping.end_on_signals()
    assert not stop.is_set()

    signal.raise_signal(number)

    assert stop.is_set()


def test_set_on__asked_to_hand_over__ends_and_says_why():
    stop, hands_over = stopping.end_on_signals(), stopping.set_on(stopping.HAND_OVER)

    signal.raise_signal(stopping.HAND_OVER)

    assert stop.is_set()
    assert hands_over.is_set()


def test_set_on__asked_to_end__is_not_set():
    stop, hands_over = stopping.end_on_signals(), stopping.set_on(stopping.HAND_OVER)

    signal.raise_signal(signal.SIGTERM)

    assert stop.is_set()
    assert not hands_over.is_set()


ASKED_TWICE = """
import signal, sys, threading
from vamp.processes.stopping import end_on_signals

end_on_signals()
threading.Thread(target=threading.Event().wait).start()  # would keep a polite end waiting for ever
signal.raise_signal(signal.SIGTERM)
signal.raise_signal(int(sys.argv[1]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_on_signals__asked_twice__ends_with_the_shells_status_whatever_threads_do(number):
    ended = subprocess.run([sys.executable, "-c", ASKED_TWICE, str(int(number))], timeout=60)

    assert ended.returncode == 128 + number


def test_end_on_signals__something_else_to_do__is_done_at_the_first():
    done = []
    stopping.end_on_signals(on_first=lambda: done.append(stopping.stop.is_set()))

    signal.raise_signal(signal.SIGTERM)

    assert done == [True]
