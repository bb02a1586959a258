"""Answers that are made while they are sent, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def streamed(
    request: HttpRequest, pieces: Iterator[bytes], *, media_type: str, filename: str
) -> StreamingHttpResponse:
    """Answer with a file that is read piece by piece.

    Django would gather a plain iterator whole before it sends it over ASGI, so there each piece is
    asked for from the event loop.

    Args:
        request: decides how it is sent.
        pieces: queries of theirs run in the thread of the request.
        media_type: such as ``text/csv``.
        filename: that a browser saves it under; letters, digits, ``.``, ``-`` and ``_``.
    """
    is_async = isinstance(request, ASGIRequest)
    answer = StreamingHttpResponse(
        _asked_for(pieces) if is_async else pieces, content_type=f"{media_type}; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _asked_for(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    ask = sync_to_async(lambda: next(pieces, None))
    while (piece := await ask()) is not None:
        yield piece
