"""The view, by listings and by changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.vamp.drivers.scheduler.kubernetes.objects import pod, workload
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from vamp.drivers.scheduler.kubernetes.view import View

NAMING = NamingLabels.of("app", "version")
NAMES = st.sampled_from([f"shop-{number}" for number in range(6)])

PODS_SEEN = st.builds(
    pod,
    NAMES,
    uid=st.sampled_from(["aaaaaaaa-1", "bbbbbbbb-2"]),
    ready=st.booleans(),
    labels=st.sampled_from([{"app": "shop", "version": "1"}, {"app": "shop"}]),
)
WORKLOADS_SEEN = st.builds(workload, NAMES, replicas=st.integers(0, 3))
SEEN = st.one_of(
    st.tuples(st.just(PODS), PODS_SEEN),
    st.tuples(st.sampled_from([DEPLOYMENTS, REPLICA_SETS]), WORKLOADS_SEEN),
)


def contents(view):
    return list(view.instances), list(view.versions)


@given(st.lists(st.tuples(st.booleans(), SEEN), max_size=30))
def test_changes__in_any_order__end_where_a_listing_does(changes):
    followed, there = View(NAMING), {}
    for is_there, (resource, item) in changes:
        before, number = contents(followed), followed.number
        if is_there:
            followed.put(resource, item)
            there[resource, item["metadata"]["name"]] = item
        else:
            followed.drop(resource, item)
            there.pop((resource, item["metadata"]["name"]), None)
        assert (followed.number == number) == (contents(followed) == before)

    listed = View(NAMING)
    for resource in (PODS, DEPLOYMENTS, REPLICA_SETS):
        listed.replace(resource, [item for (kind, _), item in there.items() if kind is resource])
    assert contents(followed) == contents(listed)
    uids = [each.uid for each in followed.instances]
    assert uids == sorted(uids)


def test_replace__nothing_changed__keeps_number_and_objects():
    view = View(NAMING)
    view.replace(PODS, [pod("a"), pod("b")])
    number, before = view.number, view.instances

    view.replace(PODS, [pod("b", version="99"), pod("a", version="98")])

    assert view.number == number
    assert all(one is other for one, other in zip(before, view.instances, strict=True))


def test_replace__one_of_many_changed__keeps_the_other_objects():
    view = View(NAMING)
    view.replace(PODS, [pod("a"), pod("b")])
    before = view.instances

    view.replace(PODS, [pod("a"), pod("b", ready=False)])

    assert view.instances[0] is before[0]
    assert not view.instances[1].is_ready
