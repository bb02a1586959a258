"""What every view of the API does before its own work."""

from __future__ import annotations

import json
from typing import Annotated

import pytest
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
