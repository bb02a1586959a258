from __future__ import annotations

import pytest

from vamp.checking import check_broker, check_database, pending_migrations
from vamp.errors import Invalid


@pytest.mark.django_db(databases=["default", "dedicated"])
def test_check_database__of_an_alias__is_well():
    assert check_database("default").ok


@pytest.mark.django_db(databases=["default", "dedicated"])
@pytest.mark.parametrize("alias", ["default", "dedicated"])
def test_pending_migrations__migrated__are_none(alias):
    assert pending_migrations(alias) == []


def test_check_broker__folder__is_looked_at(tmp_path):
    (tmp_path / "queue").mkdir()

    assert check_broker(f"filesystem://{tmp_path}").ok


def test_check_broker__redis_without_a_host__is_invalid():
    with pytest.raises(Invalid):
        check_broker("redis://")


def test_check_broker__another_scheme__names_the_allowed():
    with pytest.raises(Invalid, match="redis:"):
        check_broker("amqp://host")
