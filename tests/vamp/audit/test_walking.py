"""The walk without a database: gaps, checkpoints, ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vamp.audit import walking
from vamp.audit.findings import What
from vamp.audit.hashing import GENESIS, link
from vamp.audit.walking import Forgotten, Place, Signed, Walk


def chain(length):
    found, before = [], GENESIS
    for position in range(1, length + 1):
        own = link(before, position=position, entry=100 + position, digest=f"d{position}")
        found.append(Place(position, 100 + position, "acme", f"d{position}", own, True))
        before = own
    return found


def gap_of(places, first, last, is_signed=True):
    before = places[first - 2].link if first > 1 else GENESIS
    return Forgotten(first, last, before, places[last - 1].link, is_signed)


def walked(pieces, head, **more):
    walk = Walk(**more)
    for piece in pieces:
        if isinstance(piece, Place):
            walk.entry(piece)
        elif isinstance(piece, Forgotten):
            walk.gap(piece)
        else:
            walk.checkpoint(piece)
    walk.end(head)
    return [(each.what, each.position) for each in walk.findings]


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(1, n)))))
def test_walk__any_part_forgotten_and_signed__is_whole(case):
    length, forgotten = case
    places = chain(length)
    pieces = []
    for position in range(1, length + 1):
        if position not in forgotten:
            pieces.append(places[position - 1])
        elif position - 1 not in forgotten:
            last = position
            while last + 1 in forgotten:
                last += 1
            pieces.append(gap_of(places, position, last))

    assert walked(pieces, length) == []


def test_walk__gap_that_is_not_signed__is_a_removal():
    places = chain(5)

    assert walked([*places[:1], gap_of(places, 2, 3, False), *places[3:]], 5) == [(What.REMOVED, 2)]


def test_walk__gap_of_another_place__does_not_fit():
    places = chain(6)
    gap = Forgotten(2, 3, places[4].link, places[2].link, True)

    assert walked([places[0], gap, *places[3:]], 6) == [(What.MOVED, 2)]


def test_walk__gap_where_entries_are__finds_those():
    places = chain(4)

    found = walked([places[0], gap_of(places, 2, 3), places[1], places[2], places[3]], 4)

    assert found == [(What.INSERTED, 2), (What.INSERTED, 3)]


def test_walk__gap_merged_meanwhile__is_passed_over():
    places = chain(4)

    assert walked([gap_of(places, 1, 3), gap_of(places, 2, 3), places[3]], 4) == []


def test_walk__forgotten_while_it_went_on__is_no_finding():
    places = chain(5)

    assert walked([places[0], *places[3:]], 5, is_forgotten=lambda first, last: True) == []
    assert walked([places[0]], 5, is_forgotten=lambda first, last: True) == []


def test_walk__checkpoint__is_compared_where_it_stands_alone():
    places = chain(3)
    good = Signed(2, places[1].link, True)

    assert walked([*places[:2], good, places[2]], 3) == []
    assert walked([*places[:2], Signed(2, "x", True), places[2]], 3) == [(What.REWRITTEN, 2)]
    assert walked([*places[:2], Signed(2, "x", False), places[2]], 3) == [(What.UNSIGNED, 2)]
    # Within what was forgotten there is nothing to compare with.
    assert walked([gap_of(places, 1, 3), Signed(2, "x", True)], 3) == []


def test_walk__more_findings_than_are_kept__counts_the_rest(monkeypatch):
    monkeypatch.setattr(walking, "MOST_FINDINGS", 2)
    walk = Walk()
    for place in chain(5):
        walk.entry(Place(place.position, place.entry, "", place.digest, place.link, False))

    assert (len(walk.findings), walk.more) == (2, 3)
