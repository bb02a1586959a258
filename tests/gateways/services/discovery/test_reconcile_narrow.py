"""Reconciling only what a watch told ends where comparing everything does."""

from __future__ import annotations

import random
import sys
from dataclasses import replace

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from gateways.models import Instance, ServiceVersion
from gateways.services.discovery import reconcile
from tests.gateways.observing import snapshot
from vamp.ports.scheduler import ObservedVersion, Snapshot


def any_snapshot(draw):
    """Return some instances of some versions; some versions have no workload, some no instance."""
    instances = []
    for number in range(8):
        if draw.random() < 0.7:
            one = snapshot(("shop", draw.choice("123"), 1)).instances[0]
            state = {"is_ready": draw.random() < 0.6, "port": draw.choice([80, 81])}
            instances.append(replace(one, uid=f"uid-{number}", **state))
    versions = [
        ObservedVersion("shop", name, draw.randrange(3), {"app": "shop", "tier": draw.choice("ab")})
        for name in "1234"
        if draw.random() < 0.6
    ]
    return Snapshot(tuple(instances), tuple(versions), "1")


def rows(environment):
    instances = Instance.objects.in_environment(environment).order_by("uid")
    versions = ServiceVersion.objects.in_environment(environment).order_by("name")
    return (
        list(instances.values_list("uid", "version__name", "port", "is_ready", "reason")),
        list(versions.values_list("name", "desired", "is_present")),
    )


@pytest.mark.parametrize("seed", range(8))
def test_reconcile__step_by_step_from_the_one_before__is_as_comparing_everything(environment, seed):
    draw = random.Random(seed)
    before = any_snapshot(draw)
    reconcile(environment, before)

    for _ in range(6):
        after = any_snapshot(draw)
        reconcile(environment, after, since=before)

        narrow = rows(environment)
        assert not reconcile(environment, after).is_changed
        assert rows(environment) == narrow
        before = after


def test_reconcile__nothing_differs__asks_the_database_nothing(environment):
    seen = snapshot(("shop", "1", 3))
    reconcile(environment, seen)

    with CaptureQueriesContext(connections[environment.database]) as queries:
        found = reconcile(environment, replace(seen, cursor="2"), since=seen)

    assert not found.is_changed
    assert len(queries) == 0


@pytest.mark.parametrize("others", [1, 30])
def test_reconcile__one_instance_turns__reads_its_rows_alone(environment, others):
    seen = snapshot(("shop", "1", 1), *[("cart", str(number), 1) for number in range(others)])
    reconcile(environment, seen)
    turned = replace(seen.instances[0], is_ready=False, reason="probe")
    after = replace(seen, instances=(turned, *seen.instances[1:]))

    with CaptureQueriesContext(connections[environment.database]) as queries:
        reconcile(environment, after, since=seen)

    read = [query["sql"] for query in queries if "gateways_instance" in query["sql"]]
    assert "shop-1-0" in read[0]
    assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 4


def test_reconcile__row_that_another_took_away__is_made_again(environment):
    seen = snapshot(("shop", "1", 2))
    reconcile(environment, seen)
    Instance.objects.in_environment(environment).filter(uid="shop-1-0").delete()
    turned = replace(seen.instances[0], port=7)

    reconcile(environment, replace(seen, instances=(turned, seen.instances[1])), since=seen)

    assert Instance.objects.in_environment(environment).get(uid="shop-1-0").port == 7


def test_reconcile__more_changed_than_is_worth_it__compares_everything(environment, monkeypatch):
    module = sys.modules[
        "gateways.services.discovery.reconcile"
    ]  # the package's name is a function
    monkeypatch.setattr(module, "MOST_NARROWED", 1)
    before, after = snapshot(("shop", "1", 0)), snapshot(("shop", "1", 2))
    reconcile(environment, before)
    Instance.objects.in_environment(environment).delete()

    reconcile(environment, after, since=before)

    assert Instance.objects.in_environment(environment).count() == 2
