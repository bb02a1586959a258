"""Liveness and readiness of the web process."""

from __future__ import annotations

from django.db import DatabaseError, connections
from django.http import HttpRequest, JsonResponse

from vamp.databases import aliases


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process runs; asks nothing of anybody."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where every database answers, else 503 with the names of those that do not."""
    silent = [alias for alias in aliases() if not _answers(alias)]
    if silent:
        return JsonResponse({"status": "waiting", "databases": silent}, status=503)
    return JsonResponse({"status": "ok"})


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
