from __future__ import annotations

import os

import pytest

from vamp.mysql.pool import Pool


class Connection:
    """What the pool knows of a connection, and what became of it."""

    def __init__(self):
        self.is_alive, self.is_closed = True, False

    def ping(self):
        if not self.is_alive:
            raise OSError("gone")

    def close(self):
        self.is_closed = True


@pytest.fixture
def opened():
    return []


@pytest.fixture
def pool(opened):
    def connect():
        opened.append(Connection())
        return opened[-1]

    return Pool(connect, most_idle=2)


def test_take__one_was_given_back__is_the_same_with_what_was_learnt(pool, opened):
    first = pool.take()
    first.learnt["version"] = "10.11"
    pool.give_back(first)

    again = pool.take()

    assert again is first
    assert len(opened) == 1


def test_take__two_at_once__are_two_connections(pool, opened):
    assert pool.take().connection is not pool.take().connection
    assert len(opened) == 2


def test_take__idle_one_does_not_answer__is_a_new_one(pool, opened):
    pool.give_back(pool.take())
    opened[0].is_alive = False

    assert pool.take().connection is opened[1]
    assert opened[0].is_closed


def test_take__idle_one_is_too_old__is_a_new_one(opened, pool):
    old = Pool(Connection, longest_life_s=0.0)
    held = old.take()
    old.give_back(held)

    assert held.connection.is_closed
    assert len(old) == 0


def test_give_back__more_than_are_kept__are_closed(pool, opened):
    held = [pool.take() for _ in range(3)]
    for each in held:
        pool.give_back(each)

    assert len(pool) == 2
    assert [connection.is_closed for connection in opened] == [False, False, True]


def test_close_idle__with_some__leaves_none_open(pool, opened):
    pool.give_back(pool.take())

    pool.close_idle()

    assert opened[0].is_closed
    assert len(pool) == 0


def test_fork__with_idle_connections__shares_none_with_the_child(opened):
    from vamp.mysql import pool as module

    shared = module.pool_of("test_fork", Connection)
    held = shared.take()
    shared.give_back(held)

    if (child := os.fork()) == 0:
        os._exit(len(shared))
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert held.connection.is_closed
