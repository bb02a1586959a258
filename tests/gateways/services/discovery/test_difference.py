"""What changed between the rows and the scheduler's view."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateways.models import Instance, Service, ServiceVersion
from gateways.services.discovery.difference import difference
from tests.gateways.observing import SINCE, snapshot
from vamp.ports.scheduler import Snapshot


def service_named(name):
    """Return a service that lies in a database as far as related rows ask, and is not saved."""
    service = Service(name=name)
    service._state.db = "default"
    return service


def rows_like(seen):
    """Return versions, services and instances as rows that say what `seen` says."""
    versions = {
        (each.service, each.version): ServiceVersion(
            service=service_named(each.service),
            name=each.version,
            desired=each.desired,
            labels=dict(each.labels),
            is_present=True,
        )
        for each in seen.versions
    }
    instances = {
        each.uid: Instance(
            pk=number,
            version=versions[each.service, each.version],
            uid=each.uid,
            host=each.host,
            port=each.port,
            is_ready=each.is_ready,
            since=each.since,
            restarts=each.restarts,
            reason=each.reason,
        )
        for number, each in enumerate(seen.instances)
    }
    return versions, sorted({each.service for each in seen.versions}), instances


def with_first(seen, **changes):
    first, *rest = seen.instances
    return replace(seen, instances=(replace(first, **changes), *rest))


def test_difference__rows_say_the_same__is_empty():
    seen = snapshot(("shop", "1.0.0", 2), ("cart", "3", 0))

    found = difference(*rows_like(seen), seen)

    assert found.is_empty
    assert not found.touched


def test_difference__no_rows__is_all_of_the_snapshot():
    seen = snapshot(("shop", "1.0.0", 2), ("cart", "3", 1))

    found = difference({}, [], {}, seen)

    assert found.new_services == ["cart", "shop"]
    assert found.new_versions == list(seen.versions)
    assert found.new_instances == list(seen.instances)
    assert found.appeared == [("shop", "1.0.0"), ("cart", "3")]
    assert found.touched == {("shop", "1.0.0"), ("cart", "3")}


def test_difference__empty_snapshot__lets_everything_go_but_services():
    before = snapshot(("shop", "1.0.0", 2))
    versions, services, instances = rows_like(before)

    found = difference(versions, services, instances, Snapshot((), (), "2"))

    assert found.gone_instances == [0, 1]
    assert found.vanished == [("shop", "1.0.0")]
    assert found.touched == {("shop", "1.0.0")}
    row = versions["shop", "1.0.0"]
    assert found.changed_versions == [row]
    assert (row.is_present, row.desired) == (False, 0)


def test_difference__vanished_version_stays_away__is_told_once():
    versions, services, _ = rows_like(snapshot(("shop", "1.0.0", 0)))
    empty = Snapshot((), (), "2")
    difference(versions, services, {}, empty)

    assert difference(versions, services, {}, empty).is_empty


def test_difference__vanished_version_is_back__appeared():
    seen = snapshot(("shop", "1.0.0", 0))
    versions, services, instances = rows_like(seen)
    versions["shop", "1.0.0"].is_present = False

    found = difference(versions, services, instances, seen)

    assert found.appeared == [("shop", "1.0.0")]
    assert found.new_versions == []
    assert versions["shop", "1.0.0"].is_present


@pytest.mark.parametrize("changes", [{"desired": 7}, {"labels": {"app": "shop", "tier": "web"}}])
def test_difference__version_has_other_fields__is_changed_and_not_new(changes):
    before = snapshot(("shop", "1.0.0", 1))
    seen = replace(before, versions=(replace(before.versions[0], **changes),))

    found = difference(*rows_like(before), seen)

    assert len(found.changed_versions) == 1
    assert not found.appeared
    assert not found.touched


def test_difference__instance_without_a_workload__makes_its_version():
    seen = replace(snapshot(("shop", "1.0.0", 2)), versions=())

    found = difference({}, [], {}, seen)

    (version,) = found.new_versions
    assert (version.service, version.version, version.desired) == ("shop", "1.0.0", 0)
    assert version.labels == {"app": "shop", "version": "1.0.0"}


@pytest.mark.parametrize(
    "changes", [{"host": "10.0.0.9"}, {"port": 9999}, {"is_ready": False, "reason": "probe"}]
)
def test_difference__ready_endpoint_changes__touches_its_version(changes):
    before = snapshot(("shop", "1.0.0", 2))

    found = difference(*rows_like(before), with_first(before, **changes))

    assert [row.pk for row in found.changed_instances] == [0]
    assert found.touched == {("shop", "1.0.0")}


@pytest.mark.parametrize("changes", [{"restarts": 2}, {"reason": "probe"}, {"since": SINCE.min}])
def test_difference__rest_of_an_instance_changes__touches_nothing(changes):
    before = snapshot(("shop", "1.0.0", 2))

    found = difference(*rows_like(before), with_first(before, **changes))

    assert [row.pk for row in found.changed_instances] == [0]
    assert not found.touched


@pytest.mark.parametrize("copies", [0, 1])
def test_difference__unready_instance_comes_or_goes__touches_nothing(copies):
    before = snapshot(("shop", "1.0.0", copies), ready=False)
    seen = snapshot(("shop", "1.0.0", 1 - copies), ready=False)

    found = difference(*rows_like(before), seen)

    assert not found.is_empty
    assert not found.touched


def test_difference__unready_instance_moves__touches_nothing():
    before = snapshot(("shop", "1.0.0", 1), ready=False)

    found = difference(*rows_like(before), with_first(before, port=9999))

    assert found.changed_instances
    assert not found.touched


def test_difference__uid_under_another_version__is_another_instance():
    before = snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 0))

    found = difference(*rows_like(before), with_first(before, version="1.1.0"))

    assert found.gone_instances == [0]
    assert [each.version for each in found.new_instances] == ["1.1.0"]
    assert found.touched == {("shop", "1.0.0"), ("shop", "1.1.0")}
