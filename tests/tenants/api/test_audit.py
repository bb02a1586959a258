"""The audit trail through the API: whose it is, and how it is narrowed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.authorisation import authority_of
from tenants.services.tokens import create_token
from tests.factories import NOON, audit_entry_in, environment_in, user_of
from vamp import merged
from vamp.audit.sealing import seal
from vamp.audit.signing import ring
from vamp.databases import aliases
from vamp.models import AuditEntry

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


def test_organisation__all_of_its_environments__are_listed_and_nobody_elses(api, entries):
    other = environment_in("dedicated", name="elsewhere")
    audit_entry_in(other, name="there")

    rows = api.get(ORGANISATION, {"per_page": 200}).json()["results"]

    assert {row["kind"] for row in rows} == {
        *("organisation", "environment", "user", "binding", "gateway")
    }
    assert {"g0", "there"} <= {row["name"] for row in rows}
    assert {row["environment"] for row in rows} == {"", "production", "staging", "elsewhere"}
    assert all("globex" not in row["name"] for row in rows)
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


def test_organisation__one_environment_and_words__narrow_it(api, entries):
    rows = api.get(ORGANISATION, {"environment": "production", "q": "ana g0"}).json()["results"]

    assert [row["name"] for row in rows] == ["g0"]


@pytest.mark.parametrize("count", [2, 40])
def test_organisation__any_number_of_entries__same_queries(
    count, api, person, environment, django_assert_num_queries
):
    for _ in range(count):
        audit_entry_in(environment)
    authority_of(person)

    with django_assert_num_queries(5, using="default"):
        api.get(ORGANISATION, {"kind": "gateway"})


def test_entry__once_sealed__tells_its_place(api, environment):
    recorded = api.get(HERE).json()["results"]
    assert all(row["position"] is None and row["digest"] for row in recorded)

    for database in aliases():
        seal(database, ring.keys())

    sealed = api.get(HERE).json()["results"]
    assert all(row["position"] and len(row["link"]) == 64 for row in sealed)


def test_installation__entries_of_nobody__are_for_platform_administrators(
    api, client_of, platform_administrator
):
    assert api.get("/api/v1/audit").status_code == 403

    rows = client_of(platform_administrator).get("/api/v1/audit").json()["results"]
    assert [row["name"] for row in rows] == ["root"]


def test_token__that_a_change_came_with__is_told(environment, person, client):
    token, text = create_token("ci", actor="tests", user=person)

    client.post(
        "/api/v1/organisations/acme/tokens", {"name": "other"}, content_type="application/json",
        headers={"Authorization": f"Bearer {text}"},
    )  # fmt: skip

    row = AuditEntry.objects.using("default").get(name="other")
    assert (row.actor, row.token) == ("acme/ana", f"{token.prefix}/ci")


def test_organisation__password__is_in_no_entry(api, environment):
    user_of(environment.organisation, "bo")

    rows = api.get(ORGANISATION, {"kind": "user"}).json()["results"]

    assert rows
    assert all("password" not in (row["after"] or {}) for row in rows)


def test_search__in_values__is_found_and_says_how_far_it_read(api, environment, monkeypatch):
    for number in range(4):
        audit_entry_in(
            environment, name=f"v{number}", at=NOON + timedelta(hours=number),
            after={"title": f"Überschrift {number}"},
        )  # fmt: skip

    whole = api.get(HERE, {"q": "überschrift 3"}).json()
    assert [row["name"] for row in whole["results"]] == ["v3"]
    assert whole["searched_back_to"] is None

    monkeypatch.setattr(merged, "MOST_SEARCHED", 2)
    wanted = {"q": "überschrift", "until": "2026-03-02T00:00:00Z", "since": "2026-03-01T00:00:00Z"}
    part = api.get(HERE, wanted).json()
    assert [row["name"] for row in part["results"]] == ["v3", "v2", "v1"]
    assert part["searched_back_to"] == "2026-03-01T13:00:00+00:00"
