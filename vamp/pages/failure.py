"""The pages for what is not there, not allowed, or went wrong on our side."""

from __future__ import annotations

import sys

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.defaults import server_error as usual

from vamp.api.problems import CONTENT_TYPE
from vamp.contention import is_passing
from vamp.pages.away import unanswered

NOT_THERE = (
    "There is nothing here, or nothing that you may see.",
    "It may have been deleted or renamed, or belong to another organisation.",
)
NOT_ALLOWED = "An administrator of your organisation can give you a role that allows it."


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer in place of the view that failed; Django's ``handler500``."""
    error = sys.exc_info()[1]
    if error is None or not is_passing(error):
        return usual(request)
    return unanswered(request, error)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for what is not there, or another tenant's; Django's ``handler404``.

    The same words whatever was asked for, so that they tell nothing.
    """
    return _told(request, 404, "Not found", NOT_THERE)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for what the person may not do, with the reason; Django's ``handler403``."""
    why = str(exception) if isinstance(exception, PermissionDenied) else ""
    return _told(request, 403, "Not allowed", (*([why] if why else []), NOT_ALLOWED))


def _told(request: HttpRequest, status: int, title: str, said: tuple[str, ...]) -> HttpResponse:
    if request.path.startswith("/api/"):
        kind = f"urn:vamp:problem:{title.lower().replace(' ', '-')}"
        problem = {"type": kind, "title": title, "status": status, "detail": said[0]}
        return JsonResponse(problem, status=status, content_type=CONTENT_TYPE)
    context = {"title": title, "said": said, "not_allowed": status == 403}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not request.path.startswith("/admin/"):
        return render(request, "500.html", context, status=status)
    frame = {**admin.site.each_context(request), **context}
    return render(request, "vamp/failure.html", frame, status=status)
