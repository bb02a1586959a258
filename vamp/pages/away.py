"""The answer to a page's request that the database kept from being answered. Asks no database."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from vamp.api.problems import CONTENT_TYPE
from vamp.contention import RETRY_AFTER_S, is_away, is_being_moved
from vamp.errors import Unavailable
from vamp.fences import seconds_left, told_of_move

REFRESH_S: Final = 5
"""A page that only reads is asked for again after so long."""

_MISSING: Final = "The database that holds this page’s data"
AWAY: Final = (
    "The database does not answer",
    f"{_MISSING} does not answer, so there is nothing to show and nothing can be changed here.",
)
BUSY: Final = (
    "The database is busy",
    f"{_MISSING} is held by other changes for longer than we wait. Nothing was changed.",
)
MOVING: Final = "The environment is being moved"
LOST: Final = "Nothing was kept, or, where the connection broke at the very end, all of it."

WORKS: Final = (
    ("Live traffic", "Not affected: gateways route by what they were told last."),
    ("Releases", "Wait at the share that they have, and go on once it answers."),
    ("Other databases", "Environments that have one of their own go on."),
)
"""What goes on without the database; what, and how."""


def unanswered(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Answer 503 where a database is away, is busy, or is being left by an environment.

    A page for people, which tries again by itself where nothing was sent; a problem document below
    ``/api/``; plain text for whoever takes no HTML. None says where the database is.

    Args:
        request: whose session was perhaps not read, so nothing here asks for its user.
        error: one that `vamp.contention.is_passing`.
    """
    (title, *said), wait_s = _told(request, error)
    answer = _shaped(request, title, said, moving=is_being_moved(error))
    answer["Retry-After"] = str(wait_s)
    answer["Cache-Control"] = "no-store"
    return answer


def _told(request: HttpRequest, error: BaseException) -> tuple[tuple[str, ...], int]:
    """Return title and sentences, and after how many seconds to try again."""
    if is_being_moved(error):
        match = request.resolver_match
        names = match.kwargs if match else {}
        place = (str(names.get("organisation", "")), str(names.get("environment", "")))
        left_s = seconds_left(*place)
        said = told_of_move("/".join(place) if all(place) else "The environment", left_s)
        return (MOVING, said), left_s or RETRY_AFTER_S
    if not is_away(error):
        return BUSY, RETRY_AFTER_S
    return (AWAY if _only_reads(request) else (*AWAY, LOST)), RETRY_AFTER_S


def _shaped(request: HttpRequest, title: str, said: list[str], *, moving: bool) -> HttpResponse:
    status, text = Unavailable.status, " ".join(said)
    if request.path.startswith("/api/"):
        code, title = ("being-moved", title) if moving else (Unavailable.code, Unavailable.title)
        problem = {"type": f"urn:vamp:problem:{code}", "title": title, "status": status}
        return JsonResponse({**problem, "detail": text}, status=status, content_type=CONTENT_TYPE)
    if not request.accepts("text/html"):
        return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    reads = _only_reads(request)
    context: dict[str, Any] = {
        "title": title,
        "said": said,
        "works": WORKS,
        "refresh_s": REFRESH_S if reads else None,
        "again": request.get_full_path() if reads else "",
    }
    # Without the request: what it would add to the context may ask the database.
    return HttpResponse(render_to_string("vamp/away.html", context), status=status)


def _only_reads(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD")
