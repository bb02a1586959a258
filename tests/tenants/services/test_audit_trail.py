"""A tenant's trail over its databases, and the entry that each export leaves."""

from __future__ import annotations

import json
from datetime import timedelta

from tenants.models import Deletion
from tenants.services.audit_trail import databases_of, export_trail, trail_of
from tests.factories import ACTOR, audit_entry_in, environment_in
from tests.tenants.storages import cleaned, prepared
from vamp.audit.trail import Wanted
from vamp.dedicated import learnt
from vamp.models import AuditEntry


def test_databases_of__an_organisation__are_those_of_its_environments(environment):
    environment_in("dedicated", organisation="globex")

    expected = ["default"] if environment.database == "default" else ["default", "dedicated"]
    assert databases_of(environment.organisation) == expected
    assert databases_of(None) == ["default"]


def test_trail_of__an_organisation__holds_all_of_its_environments(environment):
    other = environment_in("dedicated", name="staging")
    mine = {audit_entry_in(environment).pk, audit_entry_in(other).pk}

    found = trail_of(environment.organisation, Wanted(kind="gateway"))

    assert {row.pk for row in found.each()} == mine


def test_export_trail__narrowed__is_recorded_with_what_was_asked_for(environment, now):
    audit_entry_in(environment, at=now - timedelta(minutes=1), name="a", actor="acme/bo")
    wanted = Wanted(environment="production", actor="acme/bo")

    pieces = export_trail(environment.organisation, wanted, "jsonl", actor="acme/ana")

    said = AuditEntry.objects.using("default").get(verb="audit.exported")
    assert (said.actor, said.organisation, said.environment) == ("acme/ana", "acme", "production")
    assert said.after == {"format": "jsonl", "environment": "production", "actor": "acme/bo"}
    (line,) = b"".join(pieces).splitlines()
    assert json.loads(line)["name"] == "a"


def test_export_trail__recorded_afterwards__is_not_in_it(environment):
    pieces = export_trail(environment.organisation, Wanted(), "jsonl", actor="acme/ana")
    audit_entry_in(
        environment, at=AuditEntry.objects.using("default").latest("at").at + timedelta(1)
    )

    verbs = [json.loads(line)["verb"] for line in b"".join(pieces).splitlines()]

    assert "gateway.changed" not in verbs
    assert "audit.exported" not in verbs


def test_databases_of__environment_that_is_gone__in_a_process_that_has_not_met_its_database(
    environment, tmp_path
):
    with cleaned():
        alias = prepared(environment.organisation, tmp_path)
        Deletion.objects.create(
            organisation="acme", environment="gone", row_id=0, database=alias, requested_by=ACTOR
        )
        learnt.forget(alias)

        assert alias in databases_of(environment.organisation)
