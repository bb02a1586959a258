from __future__ import annotations

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.haproxy.cidr import blocks, entries, key
from gateways.haproxy.part import BucketRange

bounds = st.tuples(st.integers(0, 9_999), st.integers(0, 9_999)).map(sorted)


@settings(deadline=None, max_examples=60)
@given(bounds)
def test_blocks__any_range__cover_it_exactly(bound):
    first, last = bound

    found = blocks(first, last)

    covered = [b for start, prefix in found for b in range(start, start + (1 << 32 - prefix))]
    assert covered == list(range(first, last + 1))
    assert len(found) <= 26


@settings(deadline=None, max_examples=60)
@given(bounds, st.integers(1, 262_143))
def test_entries__any_draw__are_networks_that_hold_its_buckets(bound, number):
    first, last = bound
    ranges = [BucketRange(first, last, "shop:a")]

    found = [ipaddress.ip_network(text) for text, _ in entries(number, ranges)]

    assert sum(network.num_addresses for network in found) == last - first + 1
    for bucket in (first, last):
        address = ipaddress.ip_address(number * 16_384 + bucket)
        assert str(address) == key(number, bucket)
        assert sum(address in network for network in found) == 1


def test_entries__buckets_without_a_backend__have_none():
    assert list(entries(1, [BucketRange(0, 9_999, "")])) == []
