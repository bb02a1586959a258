"""A look at Redis: scripted where a mood is hard to have, real for the rest."""

from __future__ import annotations

import os
import socket

import pytest

from tests.vamp.drivers.broker.scripted import INFO, bulk, error, scripted
from vamp.drivers.broker.redis import RedisBroker
from vamp.dsn import Dsn
from vamp.ports.checks import Tone


def looked(say=lambda command: None, url="redis://:hunter2@127.0.0.1:{port}/0"):
    with scripted(say) as port:
        return RedisBroker(Dsn.parse(url.format(port=port))).check()


def bad(found):
    return [each for each in found.findings if each.tone is Tone.BAD]


def saying(name, answer):
    return lambda command: answer if command[0] == name else None


def test_check__well__tells_version_latency_and_rights():
    found = looked()

    assert found.is_prepared, found
    assert (found.system, found.version) == ("Redis", "7.0.15")
    assert found.latency_ms is not None


def test_check__wrong_password__says_so_and_never_shows_it():
    refusal = error("WRONGPASS invalid username-password pair or user is disabled.")

    found = looked(saying("AUTH", refusal))

    assert "refuses user or password" in bad(found)[0].message
    assert "hunter2" not in str(found)


def test_check__password_missing__says_to_give_one():
    refusal = error("NOAUTH Authentication required.")

    found = looked(saying("PING", refusal), "redis://127.0.0.1:{port}/0")

    assert "password" in bad(found)[0].message


def test_check__user_without_rights__says_what_to_allow():
    refusal = error("NOPERM this user has no permissions to run the 'lpush' command")

    found = looked(saying("LPUSH", refusal))

    assert "+@all" in bad(found)[0].hint


def test_check__that_throws_keys_away__is_no_broker():
    told = INFO.replace("maxmemory:0", "maxmemory:100").replace("noeviction", "allkeys-lru")

    found = looked(saying("INFO", bulk(told)))

    assert "noeviction" in bad(found)[0].hint


def test_check__replica__says_to_name_the_primary():
    found = looked(saying("INFO", bulk(INFO.replace("role:master", "role:slave"))))

    assert "primary" in bad(found)[0].hint


def test_check__nobody_listens__says_to_check_the_address():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        found = RedisBroker(Dsn.parse(url)).check()

    assert "cannot be reached" in bad(found)[0].message
    assert found.latency_ms is None


@pytest.mark.stack
def test_check__real_redis__is_well_and_nothing_is_left():
    import redis

    url = os.environ["VAMP_BROKER_URL"]

    found = RedisBroker(Dsn.parse(url)).check()

    assert found.is_prepared, found
    with redis.Redis.from_url(url) as client:
        assert list(client.scan_iter("vamp.check.*")) == []


@pytest.mark.stack
def test_check__real_redis_with_a_wrong_password__says_so():
    dsn = Dsn.parse(os.environ["VAMP_BROKER_URL"])

    found = RedisBroker(Dsn.parse(f"redis://:wrong@{dsn.host}:{dsn.port}/0")).check()

    assert not found.ok
    assert "password" in bad(found)[0].message
