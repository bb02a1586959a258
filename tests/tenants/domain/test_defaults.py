from __future__ import annotations

import pytest

from tenants.domain.defaults import EnvironmentDefaults
from vamp.errors import Invalid

TEMPLATE = EnvironmentDefaults.read(
    {
        "stage": "test",
        "orders": {"test": 1, "production": 3},
        "scheduler_url": "kubernetes://{stage}.acme.test",
        "namespace": "{organisation}-{environment}",
        "service_label": "team/service",
        "shared_port": 8080,
        "kv_url": "vault://vault.acme.test/{environment}",
    }
)


def test_filled__nothing_given__is_the_template():
    assert TEMPLATE.filled("acme", "staging", {}) == {
        "stage": "test",
        "order": 1,
        "scheduler_url": "kubernetes://test.acme.test",
        "namespace": "acme-staging",
        "service_label": "team/service",
        "shared_port": 8080,
        "kv_url": "vault://vault.acme.test/staging",
    }


def test_filled__something_given__it_stays_and_patterns_follow_it():
    given = {"stage": "production", "shared_port": 0, "kv_url": ""}

    found = TEMPLATE.filled("acme", "live", given)

    assert (found["stage"], found["order"]) == ("production", 3)
    assert found["scheduler_url"] == "kubernetes://production.acme.test"
    assert (found["shared_port"], found["kv_url"]) == (0, "")


def test_filled__scheduler_given__no_namespace_of_another_comes_with_it():
    found = TEMPLATE.filled("acme", "live", {"scheduler_url": "local:/srv/live"})

    assert "namespace" not in found


def test_filled__empty_template__is_what_is_given():
    assert EnvironmentDefaults.read({}).filled("acme", "live", {"order": 2}) == {"order": 2}


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"stages": {}}, "/stages"),
        ({"stage": "prod"}, "/stage"),
        ({"orders": {"test": -1}}, "/orders/test"),
        ({"namespace": "{team}-x"}, "/namespace"),
        ({"namespace": "{environment"}, "/namespace"),
        ({"shared_port": 70_000}, "/shared_port"),
    ],
)
def test_read__something_wrong__is_told_at_its_place(value, pointer):
    with pytest.raises(Invalid) as caught:
        EnvironmentDefaults.read(value)

    assert [fault.pointer for fault in caught.value.faults] == [pointer]
