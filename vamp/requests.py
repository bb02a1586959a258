"""What is known about the present request: its id, and where it came from."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from vamp import audit

REQUEST_ID_HEADER = "X-Request-Id"
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class RequestContextMiddleware:
    """Gives each request an id, kept for audit and logs and sent back with the answer."""

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
        with _origin_of(request) as request_id:
            response: HttpResponseBase = self._get_response(request)
        response[REQUEST_ID_HEADER] = request_id
        return response

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        with _origin_of(request) as request_id:
            response: HttpResponseBase = await self._get_response(request)
        response[REQUEST_ID_HEADER] = request_id
        return response


@contextmanager
def _origin_of(request: HttpRequest) -> Iterator[str]:
    """Keep where `request` came from until it is answered: a thread may go on to other work."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    request_id = given if _ACCEPTABLE_ID.fullmatch(given) else secrets.token_hex(8)
    token = audit.origin.set(
        audit.Origin(source_address=request.META.get("REMOTE_ADDR") or None, request_id=request_id)
    )
    try:
        yield request_id
    finally:
        audit.origin.reset(token)
