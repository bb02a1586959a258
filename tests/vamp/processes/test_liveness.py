from __future__ import annotations

import pytest

from vamp.processes.liveness import Loops


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def loops(time):
    return Loops(time)


def test_silent__loop_beats_in_time__is_empty(loops, time):
    loop = loops.begin("relay", within_s=10)
    time.now += 9
    loop.beat()
    time.now += 9

    assert loops.silent() == {}
    assert loops.ages() == {"relay": 9}


def test_silent__loop_has_not_beaten_for_longer__is_named_with_its_age(loops, time):
    loops.begin("relay", within_s=10)
    other = loops.begin("gateways default", within_s=10)
    time.now += 11
    other.beat()

    assert loops.silent() == {"relay": 11}


def test_silent__loop_beats_again__is_alive_again(loops, time):
    loop = loops.begin("relay", within_s=10)
    time.now += 60
    assert loops.silent()

    loop.beat()

    assert not loops.silent()


def test_waiting__for_something_outside__is_no_silence_however_long(loops, time):
    loop = loops.begin("broker", within_s=10)

    with loop.waiting():
        time.now += 3600
        assert loops.silent() == {}

    assert loops.silent() == {}
    time.now += 11
    assert loops.silent() == {"broker": 11}


def test_watched__loop_ends__is_not_missed(loops, time):
    with loops.watched("relay", within_s=10):
        pass
    time.now += 60

    assert loops.silent() == {}
    assert loops.ages() == {}


def test_watched__loop_dies_of_an_error__falls_silent(loops, time):
    with pytest.raises(KeyError), loops.watched("relay", within_s=10):
        raise KeyError("x")
    time.now += 11

    assert loops.silent() == {"relay": 11}


def test_ages__several_of_one_name__are_told_by_the_oldest(loops, time):
    loops.begin("task gateways.publish", within_s=300)
    time.now += 5
    loops.begin("task gateways.publish", within_s=300)

    assert loops.ages() == {"task gateways.publish": 5}


def test_end__twice__changes_nothing(loops):
    loop = loops.begin("relay", within_s=10)
    loops.end(loop)

    loops.end(loop)

    assert loops.ages() == {}
