"""Lines that come on two ways."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.agent.channel import unseen

MESSAGES = st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=20)


@settings(max_examples=100, deadline=None)
@given(MESSAGES, MESSAGES, st.integers(0, 20))
def test_unseen__ring_brings_some__each_line_is_counted_once_however_they_arrive(
    by_ring, only_events, cut
):
    events = by_ring + only_events
    recorded = Counter(by_ring)

    rest = unseen(events[:cut], recorded) + unseen(events[cut:], recorded)

    assert Counter(by_ring) + Counter(rest) == Counter(events)
    assert not recorded
