"""Files that are sent as they are read, over WSGI and over ASGI."""

from __future__ import annotations

import asyncio

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from vamp.api.streaming import streamed


def counted(read):
    for number in range(5):
        read.append(number)
        yield b"%d\n" % number


def sent(request, read):
    return streamed(request, counted(read), media_type="text/csv", filename="audit-acme.csv")


def test_streamed__over_wsgi__is_read_piece_by_piece():
    read = []
    answer = sent(RequestFactory().get("/"), read)

    pieces = iter(answer.streaming_content)
    assert (next(pieces), read) == (b"0\n", [0])
    assert b"".join(pieces) == b"1\n2\n3\n4\n"
    assert answer["Content-Disposition"] == 'attachment; filename="audit-acme.csv"'
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.filterwarnings("error")
def test_streamed__over_asgi__is_read_piece_by_piece():
    read = []
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}

    async def main():
        answer = sent(ASGIRequest(scope, None), read)
        assert answer.is_async
        first = await anext(aiter(answer.streaming_content))
        return first, len(read)

    assert asyncio.run(main()) == (b"0\n", 1)
