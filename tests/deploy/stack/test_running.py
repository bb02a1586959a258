import signal
import socket

import pytest

from deploy.stack.errors import StackError
from deploy.stack.running import Runner


def test_start__nothing_running__answers_and_is_furnished(state, echo):
    assert Runner(state).start(echo)

    assert Runner(state).ailments(echo) == {}
    assert (echo.prepared, echo.furnished) == (1, 1)


def test_start__already_running__leaves_its_process_alone(state, echo):
    runner = Runner(state)
    runner.start(echo)
    before = runner.process(echo.servers()[0]).running()

    assert not Runner(state).start(echo)

    assert runner.process(echo.servers()[0]).running() == before
    assert echo.prepared == 1


def test_start__after_it_was_killed__runs_again(state, echo):
    runner = Runner(state)
    runner.start(echo)
    before = runner.process(echo.servers()[0]).running()
    runner.stop(echo, sign=signal.SIGKILL)
    assert runner.ailments(echo) == {"echo": "not running"}

    assert runner.start(echo)

    assert runner.ailments(echo) == {}
    assert runner.process(echo.servers()[0]).running() != before


def test_start__port_of_a_stranger__says_so_and_starts_nothing(state, echo):
    held = pytest.raises(StackError, match=f"port {echo.port} of echo is held")
    with socket.create_server(("127.0.0.1", echo.port)), held:
        Runner(state).start(echo)

    assert Runner(state).process(echo.servers()[0]).running() is None


def test_start__server_that_ends__shows_the_end_of_its_log(state, echo):
    echo.program = "raise SystemExit('no room left')"

    with pytest.raises(StackError, match=r"(?s)ended.*no room left"):
        Runner(state).start(echo)


def test_start__server_that_never_answers__gives_up_in_time(state, echo):
    echo.program = "import signal; signal.pause()"

    with pytest.raises(StackError, match="echo does not answer"):
        Runner(state, ready_timeout_s=0.01).start(echo)


def test_stop__running__ends_it_once(state, echo):
    runner = Runner(state)
    runner.start(echo)

    assert runner.stop(echo, sign=signal.SIGTERM)
    assert not runner.stop(echo, sign=signal.SIGTERM)


def test_ailments__answers_but_is_of_no_use__says_why(state, echo):
    Runner(state).start(echo)
    echo.ailment = "it is sealed"

    assert Runner(state).ailments(echo) == {"echo": "it is sealed"}
