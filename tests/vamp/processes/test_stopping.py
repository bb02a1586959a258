from __future__ import annotations

import signal

import pytest

from vamp.processes import stopping


@pytest.fixture(autouse=True)
def former_signals():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_on_signals__asked_twice__ends_with_the_shells_status(number):
    stopping.end_on_signals()
    signal.raise_signal(signal.SIGTERM)

    with pytest.raises(SystemExit) as ended:
        signal.raise_signal(number)

    assert ended.value.code == 128 + number
