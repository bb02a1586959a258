"""The event stream of an environment, over ASGI."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.test import AsyncClient

from tenants.connections import events_of
from tenants.services.tokens import create_token
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
