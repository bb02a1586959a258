from __future__ import annotations

import pytest

from gateways.models import Service
from vamp.api.names import BeginsQuery, beginning

NAMES = ["api", "shop", "shop-2", "shopping", "Shop", "sho", "sh_p", "zoo", "shöp"]


@pytest.fixture
def services(environment):
    Service.objects.using(environment.database).bulk_create(
        Service(environment_id=environment.pk, name=name) for name in NAMES
    )
    return Service.objects.in_environment(environment)


@pytest.mark.parametrize(
    ("begins", "found"),
    [
        ("shop", {"shop", "shop-2", "shopping"}),
        ("shop-", {"shop-2"}),
        ("S", {"Shop"}),
        ("sh_", {"sh_p"}),
        ("shö", {"shöp"}),
        ("%", set()),
        ("zz", set()),
    ],
)
def test_beginning__of_a_name__finds_those_that_begin_so_and_no_other(services, begins, found):
    assert {each.name for each in beginning(services, {"begins": begins})} == found


def test_beginning__none_asked_for__leaves_rows_as_they_are(services):
    assert beginning(services.order_by("-name"), {}).count() == len(NAMES)


def test_beginning__part_before_the_name__is_counted_in(services):
    found = beginning(services, {"begins": "2"}, before="shop-")

    assert [each.name for each in found] == ["shop-2"]


@pytest.mark.sqlite
def test_beginning__of_many__asks_an_index_for_a_range(services):
    plan = beginning(services, {"begins": "sh"}).explain()

    assert "SEARCH" in plan
    assert "name>? AND name<?" in plan


def test_query__too_long__is_refused():
    assert BeginsQuery(data={"begins": "x" * 127}, context={}).is_valid()
    assert not BeginsQuery(data={"begins": "x" * 128}, context={}).is_valid()
