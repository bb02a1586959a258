"""What every view of the API does before its own work."""

from __future__ import annotations

import json
from typing import Annotated, ClassVar

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from pydantic import Field
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from vamp.api.query import WriteQuery
from vamp.api.views import View
from vamp.documents.validation import Strict
from vamp.errors import NotFound


class Order(Strict):
    name: str
    count: Annotated[int, Field(ge=1)] = 1


class Orders(View):
    authentication_classes = []
    permission_classes = [AllowAny]
    max_body_bytes = 200
    queries = {"PUT": WriteQuery}

    def check_scope(self):
        if self.kwargs.get("shop") == "theirs":
            raise NotFound("There is no such shop.")

    def put(self, request, shop):
        return Response({**self.body(Order).model_dump(), **self.wanted})

    def post(self, request, shop):
        return Response([source.value for source in self.documents()])


def ask(method="put", body="", query="", content_type="application/json", shop="mine"):
    request = getattr(RequestFactory(), method)(f"/{shop}?{query}", body, content_type=content_type)
    answer = Orders.as_view()(request, shop=shop)
    answer.render()
    return answer.status_code, json.loads(answer.content)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", '{"name": "tea"}'), ("application/yaml", "name: tea\n")],
)
def test_body__either_format__is_read_into_its_form(content_type, body):
    status, told = ask(body=body, content_type=content_type, query="dry_run=true")

    assert (status, told) == (200, {"name": "tea", "count": 1, "dry_run": True})


def test_body__several_faults__are_told_at_once():
    status, told = ask(body='{"count": 0, "nme": "tea"}')

    assert status == 400
    assert {fault["pointer"] for fault in told["errors"]} == {"/name", "/count", "/nme"}


def test_body__none__is_an_empty_document():
    status, told = ask()

    assert status == 400
    assert [fault["pointer"] for fault in told["errors"]] == ["/name"]
    assert ask("post") == (200, [])


def test_body__several_documents_where_one_is_expected__says_how_many():
    status, told = ask(body="name: a\n---\nname: b\n", content_type="application/yaml")

    assert status == 400
    assert told["errors"][0]["message"] == "one document expected, found 2"


def test_body__larger_than_the_view_takes__is_refused():
    status, _ = ask(body=json.dumps({"name": "x" * 200}))

    assert status == 413


def test_query__of_another_method__is_unknown():
    status, told = ask("post", query="dry_run=true")

    assert status == 400
    assert told["errors"][0]["pointer"] == "/dry_run"


def test_scope__not_the_callers__comes_before_what_is_wrong_with_the_rest():
    status, _ = ask(body="{", query="x=1", shop="theirs")

    assert status == 404


def test_page__more_rows_than_fit__gives_the_part_that_is_asked_for(api, environment):
    from tests.factories import audit_entry_in

    for number in range(5):
        audit_entry_in(environment, name=f"g{number}")

    here = "/api/v1/organisations/acme/environments/production/audit"
    told = api.get(here, {"kind": "gateway", "page": 2, "per_page": 2}).json()

    assert told["count"] == 5
    assert [row["name"] for row in told["results"]] == ["g2", "g1"]
    assert "page=3" in told["next"]


class Contended(View):
    """Is taken back by the database as often as it is told."""

    authentication_classes = []
    permission_classes = [AllowAny]
    errors: ClassVar[list[Exception]] = []
    bodies: ClassVar[list[str]] = []

    def put(self, request):
        self.bodies.append(self.body(Order).name)
        if self.errors:
            raise self.errors.pop(0)
        return Response({"count": len(self.bodies)})


def put_contended(*errors):
    Contended.errors, Contended.bodies = list(errors), []
    request = RequestFactory().put("/", json.dumps({"name": "n"}), content_type="application/json")
    return Contended.as_view()(request)


DEADLOCK = OperationalError(1213, "Deadlock found when trying to get lock")


def test_request__taken_back_as_a_deadlock__runs_once_more_with_the_same_body():
    answer = put_contended(DEADLOCK)

    assert (answer.status_code, answer.data) == (200, {"count": 2})
    assert Contended.bodies == ["n", "n"]


def test_request__taken_back_again__is_told_to_come_later():
    answer = put_contended(DEADLOCK, DEADLOCK, DEADLOCK)

    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert Contended.bodies == ["n", "n"]


def test_request__connection_lost__is_not_repeated_for_it_may_be_committed():
    answer = put_contended(OperationalError(2013, "Lost connection"))

    assert answer.status_code == 503
    assert Contended.bodies == ["n"]


def test_request__refused_the_second_time__is_told_why():
    answer = put_contended(DEADLOCK, NotFound("gone meanwhile"))

    assert answer.status_code == 404
