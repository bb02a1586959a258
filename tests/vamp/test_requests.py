from __future__ import annotations

import asyncio
import logging
import re
from contextlib import contextmanager

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.test import RequestFactory

from vamp import audit, log_context
from vamp.log_context import ContextFilter
from vamp.models import OutboxEvent
from vamp.requests import REQUEST_ID_HEADER, RequestContextMiddleware

OUR_ID = re.compile(r"[0-9a-f]{16}")


def answer_of(request, *, is_async):
    """Send `request` through the middleware; return its answer, and the origin that views saw."""
    seen = []

    def view(request):
        seen.append(audit.origin.get())
        return HttpResponse("ok")

    async def async_view(request):
        return view(request)

    middleware = RequestContextMiddleware(async_view if is_async else view)
    assert iscoroutinefunction(middleware) is is_async
    if is_async:
        return asyncio.run(middleware(request)), seen[0]
    return middleware(request), seen[0]


@pytest.mark.parametrize("is_async", [False, True])
def test_request__without_an_id__gets_one_that_is_kept_and_sent_back(is_async):
    answer, origin = answer_of(RequestFactory().get("/"), is_async=is_async)

    assert OUR_ID.fullmatch(answer[REQUEST_ID_HEADER])
    assert origin == audit.Origin("127.0.0.1", answer[REQUEST_ID_HEADER])


@pytest.mark.parametrize("is_async", [False, True])
def test_request__with_an_id__keeps_it(is_async):
    request = RequestFactory().get("/", headers={"X-Request-Id": "ci-4711.A_b"})

    answer, origin = answer_of(request, is_async=is_async)

    assert answer[REQUEST_ID_HEADER] == origin.request_id == "ci-4711.A_b"


@pytest.mark.parametrize(
    "hostile",
    ["a b", "a\nSet-Cookie: x=y", "a\n", "<script>", "'; DROP TABLE", "x" * 65, "é", "a/b", "٣"],
)
@pytest.mark.parametrize("is_async", [False, True])
def test_request__with_a_hostile_id__gets_ours_instead(is_async, hostile):
    request = RequestFactory().get("/", headers={"X-Request-Id": hostile})

    answer, origin = answer_of(request, is_async=is_async)

    assert OUR_ID.fullmatch(answer[REQUEST_ID_HEADER])
    assert origin.request_id == answer[REQUEST_ID_HEADER]


@pytest.mark.parametrize("is_async", [False, True])
def test_request__answered__is_forgotten(is_async):
    answer_of(RequestFactory().get("/"), is_async=is_async)

    assert audit.origin.get() == audit.NOWHERE


def test_request__through_the_whole_chain__has_its_id_in_the_answer(client):
    answer = client.get("/healthz", headers={"X-Request-Id": "ci-1"})

    assert answer[REQUEST_ID_HEADER] == "ci-1"


def test_request__address_names_a_tenant__is_said_of_everything_logged_meanwhile(api, environment):
    seen = {}

    class Listening(logging.Handler):
        def emit(self, record):
            assert ContextFilter().filter(record)
            seen.update(vars(record))

    listening = Listening()
    log = logging.getLogger("vamp.web")
    log.addHandler(listening)
    try:
        answer = api.post(
            "/api/v1/organisations/acme/environments/production/gateways",
            {"name": "shop", "hosts": ["shop.example.test"]},
            format="json",
            headers={"X-Request-Id": "ci-1"},
        )
    finally:
        log.removeHandler(listening)

    assert answer.status_code == 201
    assert {
        name: seen.get(name) for name in ("request_id", "organisation", "environment", "actor")
    } == {
        "request_id": "ci-1",
        "organisation": "acme",
        "environment": "production",
        "actor": "acme/ana",
    }
    event = OutboxEvent.objects.using(environment.database).get(subject__endswith="gateway.created")
    assert event.payload["origin"] == {"request_id": "ci-1", "actor": "acme/ana"}
    assert log_context.current() == log_context.NOTHING


def test_request__address_names_something_odd__is_not_repeated_in_logs(client):
    with known_at_the_end() as seen:
        client.get("/api/v1/organisations/acme%0Aroot/audit")

    assert seen == [("", "")]


@contextmanager
def known_at_the_end():
    """What is known of organisation and environment as each request ends."""
    seen = []

    class Listening(logging.Handler):
        def emit(self, record):
            found = log_context.current()
            seen.append((found.organisation, found.environment))

    listening = Listening()
    log = logging.getLogger("vamp.web")
    before = log.level
    log.addHandler(listening)
    log.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        log.removeHandler(listening)
        log.setLevel(before)
