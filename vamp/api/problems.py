"""RFC 9457 problem documents: every error of the API in one shape, with all of its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from vamp.contention import RETRY_AFTER_S, is_being_moved, is_passing
from vamp.documents.source import pointer_of
from vamp.errors import Fault, Unavailable, VampError
from vamp.fences import seconds_left, told_of_move
from vamp.port_faults import told
from vamp.ports.errors import PortError

CONTENT_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of a view into a problem document; DRF's ``EXCEPTION_HANDLER``.

    Returns:
        None for what is a defect of ours, which Django reports as 500.
    """
    if (ours := _ours(error, context)) is not None:
        return ours
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    usual = exception_handler(error, context)
    if usual is None or not isinstance(error, exceptions.APIException):
        return usual
    answer = problem(
        usual.status_code,
        str(error.default_code).replace("_", "-"),
        str(error.default_detail),
        "" if isinstance(error, exceptions.ValidationError) else str(error.detail),
        tuple(_faults(error.detail, "")) if isinstance(error, exceptions.ValidationError) else (),
    )
    for header in ("WWW-Authenticate", "Retry-After", "Allow"):
        if header in usual:
            answer[header] = usual[header]
    return answer


def _ours(error: Exception, context: Mapping[str, Any]) -> Response | None:
    if is_being_moved(error):
        return _being_moved(context.get("kwargs") or {})
    if isinstance(error, VampError | PortError):
        known = told(error)
        return problem(known.status, known.code, known.title, known.message, known.faults)
    return _database_away() if is_passing(error) else None


def _database_away() -> Response:
    """Answer where a database does not, or where rivals did not let a change through."""
    kind = Unavailable
    answer = problem(kind.status, kind.code, kind.title, "The database is away or busy; try again.")
    answer["Retry-After"] = str(RETRY_AFTER_S)
    # DRF does this for what it answers itself: nothing of a failed request may be committed.
    set_rollback()
    return answer


def _being_moved(names: Mapping[str, Any]) -> Response:
    """Answer a write to an environment whose rows are changing their database."""
    set_rollback()
    place = (str(names.get("organisation", "")), str(names.get("environment", "")))
    left_s = seconds_left(*place)
    said = told_of_move("/".join(place) if all(place) else "The environment", left_s)
    answer = problem(Unavailable.status, "being-moved", "The environment is being moved", said)
    answer["Retry-After"] = str(left_s or RETRY_AFTER_S)
    return answer


def problem(
    status: int, code: str, title: str, detail: str = "", faults: tuple[Fault, ...] = ()
) -> Response:
    """Return a problem document.

    Members: ``type`` (a stable URN), ``title``, ``status``, ``detail``, and ``errors``: every
    fault with JSON pointer, message, hint, and line and column where there is source text.
    """
    body: dict[str, Any] = {
        "type": f"urn:vamp:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
    }
    if faults:
        body["errors"] = [
            {key: value for key, value in asdict(fault).items() if value not in ("", None)}
            | {"pointer": fault.pointer}
            for fault in faults
        ]
    return Response(body, status=status, content_type=CONTENT_TYPE)


def _faults(detail: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            here = pointer if key == "non_field_errors" else pointer + pointer_of([key])
            yield from _faults(value, here)
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list)
            yield from _faults(value, f"{pointer}/{index}" if nested else pointer)
    else:
        yield Fault(pointer, str(detail), code=getattr(detail, "code", "invalid") or "invalid")
