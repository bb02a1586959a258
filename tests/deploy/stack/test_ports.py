import socket

import pytest

from deploy.stack.errors import StackError
from deploy.stack.ports import HIGHEST, LOOPBACK, LOWEST, Ports, is_free
from deploy.stack.state import State


def test_port__asked_for_again_by_another_command__is_the_same(tmp_path):
    first = Ports(State(tmp_path)).of("redis")

    assert Ports(State(tmp_path)).of("redis") == first
    assert LOWEST <= first <= HIGHEST


def test_port__of_many_names__is_never_given_twice(tmp_path):
    ports = Ports(State(tmp_path))

    given = [ports.of(f"server-{number}") for number in range(50)]

    assert len(set(given)) == 50


def test_port__that_is_taken_now__is_not_chosen(tmp_path):
    asked = []

    def free_the_third_time(port):
        asked.append(port)
        return len(asked) == 3

    chosen = Ports(State(tmp_path), free=free_the_third_time).of("nats")

    assert chosen == asked[2]


def test_port__none_free__says_so(tmp_path):
    with pytest.raises(StackError, match="no free port"):
        Ports(State(tmp_path), free=lambda port: False).of("nats")


def test_is_free__while_somebody_listens__is_false():
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        port = listener.getsockname()[1]

        assert not is_free(port)

    assert is_free(port)
