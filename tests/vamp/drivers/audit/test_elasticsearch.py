"""The audit archive on the real server: stored once, found again, forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.vamp.drivers.audit.entries import NOON, entry
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.drivers.audit.elasticsearch import MOST_ASKED, ElasticsearchAudit
from vamp.dsn import Dsn

DAYS = (NOON - timedelta(days=1), NOON + timedelta(days=2))


@pytest.fixture
def space():
    with Space.of_its_own() as found:
        yield found


def archive(space, environment="eu-west"):
    return ElasticsearchAudit(space.cluster, "acme", environment)


def links(found, *positions):
    return found.links([f"default:{each}" for each in positions], days=DAYS)


def test_archive__nothing_to_do__asks_nobody():
    dsn = Dsn.parse("elasticsearch://127.0.0.1:1/vamp?tls=off")
    found = ElasticsearchAudit.from_dsn(dsn, organisation="acme", environment="")

    assert found.write([]) == {}
    assert found.links([], days=DAYS) == {}
    with pytest.raises(ValueError, match="at most"):
        found.links(["x"] * (MOST_ASKED + 1), days=DAYS)


@pytest.mark.stack
def test_write__again__stores_once_in_the_index_of_its_day(space):
    found = archive(space)
    tomorrow = entry(3, at=NOON + timedelta(days=1))

    assert found.write([entry(1), entry(2)]) == {}
    assert found.write([entry(1), entry(2, link="other"), tomorrow]) == {}

    stem = f"{space.prefix}-acme-eu_west-audit"
    assert sorted(space.indices()) == [f"{stem}-2026.03.01", f"{stem}-2026.03.02"]
    assert links(found, 1, 2, 3, 4) == {
        "default:1": "l1", "default:2": "l2", "default:3": "l3",
    }  # fmt: skip


@pytest.mark.stack
def test_write__of_an_organisation_itself__is_in_an_index_of_no_environment(space):
    found = archive(space, "")

    found.write([entry(1, environment="")])

    assert space.indices() == [f"{space.prefix}-acme-_-audit-2026.03.01"]
    assert links(archive(space), 1) == {}
    assert links(found, 1) == {"default:1": "l1"}


@pytest.mark.stack
def test_prune__older_entries__go_and_the_others_stay(space):
    found = archive(space)
    old = entry(1, at=NOON - timedelta(days=3))
    found.write([old, entry(2), entry(9)])

    assert found.prune(before=NOON + timedelta(seconds=5)) == 2
    assert links(found, 1, 2, 9) == {"default:9": "l9"}


@pytest.mark.stack
def test_entries__of_one_database__are_in_order_and_as_they_were_written(space):
    found = archive(space)
    found.write([entry(3, at=NOON + timedelta(days=1)), entry(1), entry(2, database="dedicated")])

    assert found.entries("default", after=0, most=10) == [
        entry(1), entry(3, at=NOON + timedelta(days=1)),
    ]  # fmt: skip
    assert found.entries("default", after=1, most=1) == [entry(3, at=NOON + timedelta(days=1))]
    assert archive(space, "us").entries("default", after=0, most=10) == []
