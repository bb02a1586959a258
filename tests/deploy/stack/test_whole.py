import io

import pytest

from deploy.stack.builds.cache import Cache
from deploy.stack.context import Context
from deploy.stack.ports import Ports
from deploy.stack.progress import Progress
from deploy.stack.running import Runner
from deploy.stack.whole import Stack
from tests.deploy.stack.echoing import Echo


@pytest.fixture
def other(state):
    return Echo("other", Ports(state).of("other"), state.folder, refusal="no room for it")


@pytest.fixture
def stack(state, echo, other):
    context = Context(state, Ports(state), Cache(state.folder / "cache", []))
    return Stack([echo, other], context, Runner(state), Progress(io.StringIO()))


def test_up__one_that_cannot_be_had__is_named_and_the_rest_runs(stack, state, echo):
    failed = stack.up()

    assert failed == {"other": "no room for it"}
    assert stack.runner.ailments(echo) == {}
    told = state.env_file.read_text()
    assert f"export ECHO_URL='echo://:secret@127.0.0.1:{echo.port}'\n" in told
    assert f"export VAMP_STACK_DIR='{state.folder}'\n" in told
    assert "OTHER_URL" not in told


def test_up__variables_told__are_in_a_file_for_its_owner_and_shown_without_passwords(stack, state):
    stack.up()

    assert state.env_file.stat().st_mode & 0o777 == 0o600
    assert "secret" not in stack.shown_variables()


def test_down__after_up__ends_all_and_takes_the_variables_away(stack, state, echo):
    stack.up()

    assert stack.down() == {}

    assert stack.runner.ailments(echo) == {"echo": "not running"}
    assert not state.env_file.exists()
    assert stack.down() == {}
