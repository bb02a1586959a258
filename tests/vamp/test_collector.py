import gc

import pytest

from vamp.collector import paused


@pytest.fixture(autouse=True)
def collector_stays_on():
    yield
    gc.enable()


def test_paused__within__is_off_and_on_again_afterwards():
    with paused():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_paused__overlapping__is_on_only_after_the_last():
    with paused():
        with paused():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


def test_paused__was_off_before__stays_off():
    gc.disable()

    with paused():
        pass

    assert not gc.isenabled()


def test_paused__block_fails__is_on_again():
    with pytest.raises(ZeroDivisionError), paused():
        raise ZeroDivisionError

    assert gc.isenabled()
