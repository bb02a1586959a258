"""Taking the trail away through the API."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tests.factories import audit_entry_in, environment_in
from vamp.audit import trail
from vamp.models import AuditEntry

ORGANISATION = "/api/v1/organisations/acme/audit/export"
HERE = "/api/v1/organisations/acme/environments/production/audit/export"


@pytest.fixture
def entries(environment):
    other = environment_in("dedicated", name="staging")
    audit_entry_in(environment_in(environment.database, organisation="globex"), name="theirs")
    audit_entry_in(environment, name="=HYPERLINK(1)")
    audit_entry_in(other, name="there")


def body(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def named(lines):
    return {line["name"] for line in lines if line["kind"] == "gateway"}


def test_export__of_an_environment__is_its_own_as_csv(api, entries):
    answer = api.get(HERE)

    rows = list(csv.DictReader(io.StringIO(body(answer))))
    assert named(rows) == {"'=HYPERLINK(1)"}
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="audit-acme-production.csv"'


def test_export__of_an_organisation__is_of_every_database_as_json_lines(api, entries):
    answer = api.get(ORGANISATION, {"format": "jsonl"}, headers={"Accept": "application/x-ndjson"})

    lines = [json.loads(line) for line in body(answer).splitlines()]
    assert named(lines) == {"=HYPERLINK(1)", "there"}
    assert {line["organisation"] for line in lines} == {"acme"}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_export__with_filters__keeps_to_them_and_is_recorded(api, entries):
    answer = api.get(ORGANISATION, {"format": "jsonl", "environment": "staging", "q": "there"})

    assert named([json.loads(line) for line in body(answer).splitlines()]) == {"there"}
    said = AuditEntry.objects.using("default").get(verb="audit.exported")
    assert said.after == {"format": "jsonl", "environment": "staging", "q": "there"}


def test_export__wrong_parameters__are_all_named(api, entries):
    answer = api.get(HERE, {"format": "xml", "since": "yesterday"})

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/format", "/since"}
    assert not AuditEntry.objects.using("default").filter(verb="audit.exported").exists()


def test_export__another_tenants__is_not_there_and_not_recorded(api, other_environment):
    assert api.get(HERE.replace("acme", "globex")).status_code == 404
    assert api.get(ORGANISATION.replace("acme", "globex")).status_code == 404


def test_export__of_the_installation__is_for_platform_administrators(
    api, client_of, platform_administrator
):
    assert api.get("/api/v1/audit/export").status_code == 403
    assert "user" in body(client_of(platform_administrator).get("/api/v1/audit/export"))


@pytest.mark.parametrize("count", [3, 30])
def test_export__any_length__reads_so_many_at_once(count, api, environment, monkeypatch):
    monkeypatch.setattr(trail, "READ", 10)
    for _ in range(count):
        audit_entry_in(environment)

    with CaptureQueriesContext(connections[environment.database]) as queries:
        body(api.get(HERE, {"kind": "gateway"}))

    reads = [each for each in queries if "LIMIT 1 OFFSET 9" in each["sql"]]
    assert len(reads) == count // 10 + 1
