"""The event stream of an environment, over ASGI."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from django.test import AsyncClient

from tenants.api import events
from tenants.api.stream import Place, read_after
from tenants.connections import events_of
from tenants.models import ApiToken, User
from tenants.services.bindings import unbind
from tenants.services.people import change_user
from tenants.services.tokens import create_token, revoke_token
from tests.factories import environment_in, event_in, user_of
from vamp import outbox

HERE = "/api/v1/organisations/acme/environments/production/events/stream"

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "dedicated"])


@pytest.fixture
def token(person):
    return create_token("ci", actor="tests", user=person)[1]


async def _open(token, path=HERE, **headers):
    return await AsyncClient().get(
        path, headers={"Authorization": f"token {token}", "Accept": "text/event-stream", **headers}
    )


async def _first(answer, wanted):
    """Return what came up to the event that holds `wanted`, and close the stream."""
    found = b""
    parts = aiter(answer.streaming_content)
    async with asyncio.timeout(20):
        async for part in parts:
            found += part
            if wanted in found:
                break
    await parts.aclose()
    return found.decode()


def _happen(environment, what):
    """Commit an event and relay it, as other processes do."""

    def work():
        from django.db import connections

        event_in(environment, what)
        outbox.relay(environment.database, events_of(environment.database))
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_stream__goes_on_behind_the_last_seen__tells_ids_and_types(environment, token):
    for position, what in ((3, "a.b.c"), (4, "gateways.gateway.changed"), (5, "policies.x.y")):
        event_in(environment, what, position=position)

    async def main():
        answer = await _open(token, **{"Last-Event-ID": "3"})
        return answer, await _first(answer, b"id: 5")

    answer, text = asyncio.run(main())

    assert answer["Content-Type"] == "text/event-stream"
    assert answer["Cache-Control"] == "no-store"
    assert "id: 3\n" not in text
    assert "id: 4\nevent: gateways.gateway.changed\ndata: {" in text
    assert text.index("id: 4") < text.index("id: 5")


def test_stream__from_now_on__tells_what_happens_next(environment, token):
    event_in(environment, "gateways.gateway.created", position=1)

    async def main():
        answer = await _open(token)
        parts = aiter(answer.streaming_content)
        assert await anext(parts) == b": connected\n\n"
        thread = _happen(environment, "gateways.weights.changed")
        async with asyncio.timeout(20):
            found = await anext(parts)
        thread.join()
        await parts.aclose()
        return found.decode()

    text = asyncio.run(main())

    assert "event: gateways.weights.changed" in text
    assert "gateway.created" not in text


def test_stream__events_of_another_tenant__are_never_told(environment, token):
    other = environment_in(environment.database, organisation="globex")
    event_in(other, "gateways.gateway.created", position=1)
    event_in(environment, "gateways.gateway.changed", position=2)
    event_in(other, "gateways.gateway.removed", position=3)
    event_in(environment, "gateways.weights.changed", position=4)

    async def main():
        return await _first(await _open(token, f"{HERE}?after=0"), b"id: 4")

    text = asyncio.run(main())

    assert "globex" not in text
    assert "id: 1\n" not in text
    assert "id: 3\n" not in text


def test_stream__by_subject__leaves_the_rest_out(environment, token):
    event_in(environment, "policies.release.started", position=1)
    event_in(environment, "gateways.weights.changed", position=2)
    path = f"{HERE}?after=0&subject=vamp.acme.production.gateways.>"

    async def main():
        return await _first(await _open(token, path), b"id: 2")

    assert "release.started" not in asyncio.run(main())


@pytest.mark.parametrize("last", ["x", "-1", "٣"])
def test_stream__malformed_last_id__is_a_problem(environment, token, last):
    answer = asyncio.run(_open(token, **{"Last-Event-ID": last.encode().decode("latin-1")}))

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


def test_stream__without_token_or_of_another_tenant__is_refused(environment, other_environment):
    stranger = user_of(other_environment.organisation)
    theirs = create_token("ci", actor="tests", user=stranger)[1]

    async def main():
        return (await _open("nonsense")).status_code, (await _open(theirs)).status_code

    assert asyncio.run(main()) == (401, 404)


def test_stream__compressible__is_not_compressed(environment, token):
    event_in(environment, position=1)

    async def main():
        answer = await _open(token, f"{HERE}?after=0", **{"Accept-Encoding": "gzip"})
        return await _first(answer, b"id: 1")

    assert "id: 1\n" in asyncio.run(main())


def _revoke():
    revoke_token(ApiToken.objects.select_related("organisation").get(), actor="tests")


def _switch_off():
    change_user(User.objects.get(login="acme/mia"), actor="tests", is_active=False)


def _unbind():
    unbind(User.objects.get(login="acme/mia").bindings.get(), actor="tests")


LOSSES = {"token revoked": _revoke, "user switched off": _switch_off, "right lost": _unbind}


@pytest.mark.parametrize("how", LOSSES)
def test_stream__right_lost_while_it_is_open__ends_within_a_second(environment, member, how):
    text = create_token("ci", actor="tests", user=member)[1]

    def lose():
        from django.db import connections

        LOSSES[how]()
        connections.close_all()

    async def main():
        answer = await _open(text)
        parts = aiter(answer.streaming_content)
        assert await anext(parts) == b": connected\n\n"
        ending = asyncio.create_task(_rest(parts))
        await asyncio.sleep(1.2)
        assert not ending.done(), "it ended while it might go on"
        await asyncio.to_thread(lose)
        lost_at = time.monotonic()
        async with asyncio.timeout(20):
            rest = await ending
        return rest, time.monotonic() - lost_at

    rest, took_s = asyncio.run(main())

    assert b"id: " not in rest
    assert took_s < 1.0 + ROOM_S


ROOM_S = 0.5
"""For the query and a busy machine."""


async def _rest(parts):
    return b"".join([part async for part in parts])


def test_read_after__events_of_other_subjects__are_passed_over_once(
    environment, django_assert_num_queries
):
    for position in range(1, 8):
        event_in(environment, "a.b.c" if position != 4 else "x.y.z", position=position)
    place, subject = Place(environment), "vamp.acme.production.x.>"

    found = read_after(place, subject, 0)
    with django_assert_num_queries(3, using=environment.database):
        again = read_after(place, subject, 7)
    event_in(environment, "x.y.z", position=8)
    then = read_after(place, subject, 7)

    assert [(position, frame is not None) for position, frame in found] == [(4, True), (7, False)]
    assert again == []
    assert [(position, frame is not None) for position, frame in then] == [(8, True), (8, False)]


def test_read_after__far_too_many_of_others__looks_a_step_at_a_time(environment, monkeypatch):
    monkeypatch.setattr(events, "MOST_LOOKED_AT", 3)
    for position in range(1, 9):
        event_in(environment, "a.b.c" if position != 7 else "x.y.z", position=position)
    place, position, seen = Place(environment), 0, []

    while found := read_after(place, "vamp.acme.production.x.>", position):
        position = found[-1][0]
        seen.append([at if frame else -at for at, frame in found])

    assert seen == [[-3], [-6], [7, -8]]
