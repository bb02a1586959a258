from __future__ import annotations

import pytest

from tenants.models import DatabaseState, DedicatedDatabase
from tenants.services.database_checks import ask_database
from tests.factories import ACTOR
from vamp.models import AuditEntry

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)


def last_entry():
    return AuditEntry.objects.using("default").filter(verb="connection.tested").last()


def test_ask_database__ready__answers_and_is_noted(environment):
    # The suite's second database stands for one of a tenant's: its tables are there already.
    row = DedicatedDatabase.objects.create(
        alias="dedicated", organisation=environment.organisation, url="sqlite:////x",
        state=DatabaseState.READY,
    )  # fmt: skip

    found = ask_database(row, actor=ACTOR)

    assert found.is_prepared, found
    assert found.latency_ms is not None
    assert (last_entry().name, last_entry().after) == ("database/dedicated", {"dedicated": "well"})


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        (DatabaseState.FAILED, "the account may not make tables", "the account may not make"),
        (DatabaseState.PREPARING, "", "being prepared"),
    ],
)
def test_ask_database__not_ready__is_not_asked_and_says_why(environment, state, error, said):
    row = DedicatedDatabase.objects.create(
        alias="acme-own", organisation=environment.organisation, url="mysql://u@192.0.2.1/x",
        state=state, error=error,
    )  # fmt: skip

    found = ask_database(row, actor=ACTOR)

    assert not found.ok
    assert said in found.findings[0].message
    assert last_entry().after == {"acme-own": "not well"}
