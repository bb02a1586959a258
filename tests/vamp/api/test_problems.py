"""Every error of the API has one shape."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions

from vamp.api.problems import CONTENT_TYPE, problem_response
from vamp.errors import Conflict, Fault, Invalid, NotFound, Stale, Unavailable
from vamp.ports.errors import PortRefused, PortUnavailable, RevisionConflict


def answer_to(error):
    return problem_response(error, {})


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("no"), 404, "not-found"),
        (Conflict("no"), 409, "conflict"),
        (Stale("no"), 412, "stale"),
        (Unavailable("no"), 503, "unavailable"),
        (PortRefused("no"), 422, "rejected"),
        (RevisionConflict("no"), 409, "conflict"),
        (PortUnavailable("no"), 503, "unavailable"),
        (OperationalError(2013, "Lost connection"), 503, "unavailable"),
        (OperationalError(1205, "Lock wait timeout exceeded"), 503, "unavailable"),
        (Http404("no"), 404, "not-found"),
        (PermissionDenied("no"), 403, "permission-denied"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported-media-type"),
        (exceptions.NotAuthenticated(), 401, "not-authenticated"),
    ],
)
def test_problem__of_each_kind__has_status_and_type(error, status, code):
    answer = answer_to(error)

    assert (answer.status_code, answer.data["status"]) == (status, status)
    assert answer.data["type"] == f"urn:vamp:problem:{code}"
    assert answer.content_type == CONTENT_TYPE
    assert answer.data["title"]
    assert answer.data["detail"]


def test_problem__database_away__says_when_to_try_again_and_not_where_it_is():
    answer = answer_to(OperationalError(2002, "Can't connect to server on 'db.internal'"))

    assert answer["Retry-After"] == "1"
    assert "db.internal" not in str(answer.data)


def test_problem__defect_of_ours__is_left_to_django():
    assert answer_to(ZeroDivisionError()) is None


def test_problem__faults__all_are_told_without_empty_members():
    faults = [
        Fault("/routes/0/weight", "too much", "at most 100%", line=7, column=3, code="range"),
        Fault("", "nothing in it"),
    ]

    data = answer_to(Invalid(faults=faults)).data

    assert data["errors"] == [
        {
            "pointer": "/routes/0/weight",
            "message": "too much",
            "hint": "at most 100%",
            "line": 7,
            "column": 3,
            "code": "range",
        },
        {"pointer": "", "message": "nothing in it", "code": "invalid"},
    ]


def test_problem__validation_error__every_nested_fault_has_its_pointer():
    error = exceptions.ValidationError(
        {
            "items": [{}, {"name": ["is blank"]}],
            "non_field_errors": ["does not fit"],
            "a/b": ["unknown"],
        }
    )

    data = answer_to(error).data

    assert {(fault["pointer"], fault["message"]) for fault in data["errors"]} == {
        ("/items/1/name", "is blank"),
        ("", "does not fit"),
        ("/a~1b", "unknown"),
    }


def test_problem__throttled__says_when_to_come_back():
    assert answer_to(exceptions.Throttled(wait=12))["Retry-After"] == "12"
