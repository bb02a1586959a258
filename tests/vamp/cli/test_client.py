"""The client over real HTTP, against a server that answers as it is told."""

from __future__ import annotations

import io
import socket

import pytest

from tests.vamp.cli.told import problem
from vamp.cli.client import ATTEMPTS, Api, path_of
from vamp.cli.failure import Exit, Failure
from vamp.cli.surroundings import Surroundings


@pytest.fixture
def slept():
    return []


@pytest.fixture
def around(slept):
    return Surroundings(environ={}, stderr=io.StringIO(), sleep=slept.append)


@pytest.fixture
def api(told, around):
    return Api(told.address, "abc.def", around)


def test_path__names_with_slashes__stay_one_segment():
    assert path_of("tokens", "a/b c") == "tokens/a%2Fb%20c"


def test_get__busy_twice__is_repeated_with_longer_pauses(told, api, slept):
    told.said = [problem(503, "unavailable", "Busy")] * 2

    assert api.get("organisations")["count"] == 1
    assert len(told.asked) == 3
    assert 0.25 <= slept[0] <= 0.5 <= slept[1] <= 1.0


def test_get__told_when_to_come_back__waits_so_long(told, api, slept):
    told.said = [(429, {"Retry-After": "3"}, None)]

    api.get("organisations")

    assert slept == [3.0]


def test_get__busy_for_good__ends_as_unreachable(told, api):
    told.said = [problem(503, "unavailable", "Busy")] * ATTEMPTS

    with pytest.raises(Failure, match="Busy") as caught:
        api.get("organisations")

    assert caught.value.exit is Exit.UNREACHABLE


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_write__that_may_have_counted__is_not_repeated(told, api, method):
    told.said = [problem(503, "unavailable", "Busy")] * 2

    with pytest.raises(Failure):
        api.answer(method, "organisations", {"name": "x"})

    assert len(told.asked) == 1


def test_server__not_there__is_unreachable_after_all_tries(around, slept):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{held.getsockname()[1]}"
    api = Api(address, "t", around)

    with pytest.raises(Failure, match=r"cannot be reached: .*refused") as caught:
        api.get("me")

    assert caught.value.exit is Exit.UNREACHABLE
    assert len(slept) == ATTEMPTS - 1


def test_redirect__to_elsewhere__is_told_and_not_followed(told, api):
    told.said = [(301, {"Location": "https://other.test/"}, None)]

    with pytest.raises(Failure, match=r"https://other\.test/"):
        api.get("me")

    assert len(told.asked) == 1


def test_answer__that_is_no_json__is_told(told, api):
    told.said = [(200, {"Content-Type": "text/html"}, b"<html>")]

    with pytest.raises(Failure, match="is that a Vamp installation"):
        api.get("me")


def test_netrc__of_the_home__does_not_take_the_tokens_place(told, around, tmp_path, monkeypatch):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    seen = []
    api = Api(told.address, "abc.def", around)
    api._http.hooks["response"].append(
        lambda answer, **_: seen.append(answer.request.headers["Authorization"])
    )

    api.get("organisations")

    assert seen == ["token abc.def"]


def test_pages__several__are_walked_to_the_limit(told, api):
    first = {"results": [{"n": 1}, {"n": 2}], "next": "more"}
    second = {"results": [{"n": 3}, {"n": 4}], "next": None}
    told.said = [(200, {}, first), (200, {}, second)]

    assert [row["n"] for row in api.pages("things", most=3)] == [1, 2, 3]


def test_verbose__each_request__is_told_without_the_token(told, around):
    Api(told.address, "abc.def", around, is_talkative=True).get("organisations")

    told = around.stderr.getvalue()
    assert "GET" in told
    assert "200" in told
    assert "abc.def" not in told
