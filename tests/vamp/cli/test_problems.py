from __future__ import annotations

import json

import pytest
from requests import Response

from vamp.cli.failure import Exit, Failure, FaultLine
from vamp.cli.problems import failure_of, located


def answer(status, body):
    found = Response()
    found.status_code = status
    found._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return found


def test_problem__with_errors__keeps_every_one():
    body = {
        "type": "urn:vamp:problem:invalid", "title": "Not valid", "status": 400,
        "errors": [{"pointer": "/a", "message": "x", "hint": "h", "code": "c"}, {"message": "y"}],
    }  # fmt: skip

    failure = failure_of(answer(400, body), "https://v.test")

    assert failure.exit is Exit.REFUSED
    assert failure.code == "invalid"
    assert failure.faults == (FaultLine("/a", "x", "h", code="c"), FaultLine("", "y"))


def test_problem__with_a_detail__tells_that():
    body = {"type": "urn:vamp:problem:not-found", "title": "Not found", "detail": "There is no x."}

    failure = failure_of(answer(404, body), "https://v.test")

    assert (failure.message, failure.exit) == ("There is no x.", Exit.NOT_FOUND)


@pytest.mark.parametrize("body", [b"<html>", b"", {"a": 1}, [1]])
def test_answer__that_is_no_problem_document__tells_its_status(body):
    failure = failure_of(answer(502, body), "https://v.test")

    assert failure.exit is Exit.UNREACHABLE
    assert "https://v.test answers 502" in failure.message


def test_located__faults_of_a_body__stand_at_the_files_lines():
    failure = Failure("bad", Exit.REFUSED, faults=[FaultLine("/0/a", "x", code="c")])

    found = located(failure, lambda pointer, code: (pointer[2:], f"f-{code}.yaml", 3, 1))

    assert str(found.faults[0]) == "f-c.yaml:3:1: a: x"


def test_located__refusal_without_faults__names_the_file():
    found = located(Failure("bad", Exit.CONFLICT), lambda *_: ("", "f.yaml", 1, 1))

    assert found.lines() == ["error: bad", "  in f.yaml:1"]
