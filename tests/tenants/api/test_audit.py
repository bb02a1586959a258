"""The audit trail through the API: whose it is, and how it is narrowed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOON, audit_entry_in, environment_in, user_of

ORGANISATION = "/api/v1/organisations/acme/audit"
HERE = "/api/v1/organisations/acme/environments/production/audit"


@pytest.fixture
def entries(environment):
    """Three changes an hour apart, and one of each neighbour."""
    audit_entry_in(environment_in(environment.database, organisation="globex"), name="theirs")
    audit_entry_in(environment_in(environment.database, name="staging"), name="theirs")
    return [
        audit_entry_in(
            environment,
            name=f"g{hour}",
            at=NOON + timedelta(hours=hour),
            actor="acme/bo" if hour else "acme/ana",
            request_id=f"r{hour}",
        )
        for hour in range(3)
    ]


def names(api, **wanted):
    answer = api.get(HERE, {"kind": "gateway", **wanted})
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_environment__without_filter__newest_first_and_nobody_elses(api, entries):
    assert names(api) == ["g2", "g1", "g0"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"actor": "acme/bo"}, ["g2", "g1"]),
        ({"name": "g1"}, ["g1"]),
        ({"request_id": "r2"}, ["g2"]),
        ({"verb": "gateway.removed"}, []),
        ({"since": "2026-03-01T13:00:00Z"}, ["g2", "g1"]),
        ({"until": "2026-03-01T13:00:00Z"}, ["g0"]),
        ({"since": "2026-03-01T14:00:00+01:00", "actor": "acme/bo"}, ["g2", "g1"]),
        ({"since": "2026-03-01T13:00:00Z", "until": "2026-03-01T14:00:00Z"}, ["g1"]),
    ],
)
def test_environment__filters__all_must_hold(api, entries, wanted, expected):
    assert names(api, **wanted) == expected


def test_environment__time_that_is_none__is_refused(api):
    answer = api.get(HERE, {"since": "yesterday"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/since"


def test_environment__another_tenants__is_not_there(api, other_environment):
    path = HERE.replace("acme", "globex")

    assert api.get(path).status_code == 404


def test_organisation__people_and_environments__are_listed_and_gateways_are_not(api, entries):
    rows = api.get(ORGANISATION).json()["results"]

    assert {row["kind"] for row in rows} == {"organisation", "environment", "user"}
    assert not {row["name"] for row in rows} & {"g0", "theirs"}
    assert all("globex" not in row["name"] for row in rows)


def test_organisation__password__is_in_no_entry(api, environment):
    user_of(environment.organisation, "bo")

    rows = api.get(ORGANISATION, {"kind": "user"}).json()["results"]

    assert rows
    assert all("password" not in (row["after"] or {}) for row in rows)
