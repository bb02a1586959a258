from __future__ import annotations

from vamp.pages.split import Segment, placed


def test_placed__three_segments__each_begins_where_the_one_before_ends():
    shares = [Segment("a", "1", 2_500), Segment("b", "2", 0), Segment("c", "3", 7_500)]

    assert [part.x for part in placed(shares)] == [0, 2_500, 2_500]
