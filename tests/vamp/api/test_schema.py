"""The OpenAPI description."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

VERBS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def operations():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    assert schema["openapi"].startswith("3.1")
    return {
        operation["operationId"]: operation
        for operations in schema["paths"].values()
        for verb, operation in operations.items()
        if verb in VERBS
    }


def test_schema__generated__is_valid_and_without_warnings(tmp_path):
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml")
    )

    assert (tmp_path / "schema.yaml").stat().st_size > 10_000


def test_schema__operation_ids__are_words_that_stay(operations):
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in operations)
    assert {"gateways_put", "weights_set", "releases_start", "environments_apply"} <= set(
        operations
    )


def test_schema__every_operation__documents_its_problems_and_who_may(operations):
    for name, operation in operations.items():
        problem = operation["responses"]["401"]["content"]["application/problem+json"]
        assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}, name
        assert operation["security"], name
        assert operation["description"], name


def test_schema__writes_of_documents__take_a_dry_run(operations):
    for name in ("gateways_put", "policies_put", "weights_set", "environments_apply"):
        parameters = {parameter["name"] for parameter in operations[name]["parameters"]}
        assert "dry_run" in parameters, name
