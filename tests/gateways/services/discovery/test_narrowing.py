"""What differs between two snapshots."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateways.services.discovery.narrowing import narrowed
from tests.gateways.observing import SINCE, snapshot
from vamp.ports.scheduler import ObservedInstance, ObservedVersion, Snapshot

INSTANCES = st.builds(
    ObservedInstance,
    uid=st.sampled_from([f"uid-{number}" for number in range(6)]),
    service=st.just("shop"),
    version=st.sampled_from(["1", "2"]),
    host=st.just("10.0.0.1"),
    port=st.sampled_from([80, 81]),
    is_ready=st.booleans(),
    since=st.just(SINCE),
)
VERSIONS = st.builds(ObservedVersion, st.just("shop"), st.sampled_from("123"), st.integers(0, 2))
SNAPSHOTS = st.builds(
    lambda instances, versions: Snapshot(
        tuple(sorted(instances, key=lambda each: each.uid)), tuple(versions), "1"
    ),
    st.lists(INSTANCES, unique_by=lambda each: each.uid),
    st.lists(VERSIONS, unique_by=lambda each: each.version),
)


def test_narrowed__equal_snapshots__is_nothing():
    found = narrowed(snapshot(("shop", "1", 3)), snapshot(("shop", "1", 3)))

    assert (found.uids, found.keys) == (frozenset(), frozenset())
    assert (found.snapshot.instances, found.snapshot.versions) == ((), ())


def test_narrowed__one_of_many_changed__is_that_one_and_its_version():
    before = snapshot(("shop", "1", 500), ("cart", "1", 500))
    instances = list(before.instances)
    instances[700] = replace(instances[700], is_ready=False)

    found = narrowed(before, replace(before, instances=tuple(instances)))

    assert found.uids == {instances[700].uid}
    assert found.keys == {("cart", "1")}
    assert found.snapshot.instances == (instances[700],)
    assert [each.service for each in found.snapshot.versions] == ["cart"]


def test_narrowed__version_without_a_workload_loses_an_instance__is_known_by_another():
    before = replace(snapshot(("shop", "1", 3)), versions=())

    found = narrowed(before, replace(before, instances=before.instances[1:]))

    assert found.uids == {"shop-1-0", "shop-1-1"}
    assert found.snapshot.instances == (before.instances[1],)


@given(SNAPSHOTS, SNAPSHOTS)
def test_narrowed__any_two_snapshots__leaves_nothing_out(before, after):
    found = narrowed(before, after)

    old = {each.uid: each for each in before.instances}
    new = {each.uid: each for each in after.instances}
    assert {uid for uid in old | new if old.get(uid) != new.get(uid)} <= found.uids
    assert list(found.snapshot.instances) == [new[uid] for uid in sorted(found.uids & new.keys())]
    unequal = [each for each in (*before.versions, *after.versions)
               if not (each in before.versions and each in after.versions)]  # fmt: skip
    assert {(each.service, each.version) for each in unequal} <= found.keys
    assert list(found.snapshot.versions) == [
        each for each in after.versions if (each.service, each.version) in found.keys
    ]
