"""What is known about the present request: its id, where it came from, whose things it names."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from vamp import audit, log_context, request_log

REQUEST_ID_HEADER = "X-Request-Id"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PAGES = "/admin/"
"""Below this a session says who asks; API views say it once they have looked at the token."""

_NAME = re.compile(r"[a-z0-9-]{1,63}")

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class RequestContextMiddleware:
    """Gives each request an id, kept for audit, logs and events and sent back with the answer.

    It belongs first in the chain, so that what the others refuse is named and counted as well.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer in whichever way the rest of the chain works."""
        if self._is_async:
            return self._answer_async(request)
        begun = time.perf_counter()
        with _origin_of(request) as request_id:
            response: HttpResponseBase = self._get_response(request)
            _finish(request, response, request_id, begun)
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        with _origin_of(request) as request_id:
            response: HttpResponseBase = await self._get_response(request)
            _finish(request, response, request_id, begun)
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> None:
        """Note which organisation and environment the address names."""
        log_context.add(
            organisation=_named(kwargs.get("organisation")),
            environment=_named(kwargs.get("environment")),
        )
        if request.path.startswith(PAGES) and request.user.is_authenticated:
            log_context.add(actor=request.user.get_username())


def _named(given: object) -> str:
    """Return a name of the address; empty where it is none, for anybody may send anything."""
    return given if isinstance(given, str) and _NAME.fullmatch(given) else ""


def _finish(
    request: HttpRequest, response: HttpResponseBase, request_id: str, begun: float
) -> None:
    response[REQUEST_ID_HEADER] = request_id
    request_log.answered(request, response, time.perf_counter() - begun)


@contextmanager
def _origin_of(request: HttpRequest) -> Iterator[str]:
    """Keep where `request` came from until it is answered: a thread may go on to other work."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    request_id = given if _ACCEPTABLE_ID.fullmatch(given) else secrets.token_hex(8)
    token = audit.origin.set(
        audit.Origin(source_address=request.META.get("REMOTE_ADDR") or None, request_id=request_id)
    )
    context = log_context.begin(log_context.LogContext(request_id=request_id))
    try:
        yield request_id
    finally:
        log_context.end(context)
        audit.origin.reset(token)
