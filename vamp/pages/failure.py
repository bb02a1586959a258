"""The page for what went wrong on our side; 503 where it is a database that is away."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error as usual

from vamp.contention import RETRY_AFTER_S, is_being_moved, is_passing
from vamp.fences import seconds_left, told_of_move

AWAY = "The database does not answer at the moment. Nothing was changed. Try again shortly."


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer in place of the view that failed; Django's ``handler500``."""
    error = sys.exc_info()[1]
    if error is None or not is_passing(error):
        return usual(request)
    if is_being_moved(error):
        match = request.resolver_match
        names = match.kwargs if match else {}
        place = (str(names.get("organisation", "")), str(names.get("environment", "")))
        left_s = seconds_left(*place)
        said = told_of_move("/".join(place) if all(place) else "The environment", left_s)
        headers = {"Retry-After": str(left_s or RETRY_AFTER_S)}
        return HttpResponse(said, status=503, content_type="text/plain", headers=headers)
    return HttpResponse(
        AWAY, status=503, content_type="text/plain", headers={"Retry-After": str(RETRY_AFTER_S)}
    )
