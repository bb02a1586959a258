"""Digests and links: any difference shows, and none that a database makes by itself."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from vamp.audit.hashing import GENESIS, Content, canonical, digest, link

CONTENT = Content(
    datetime(2026, 3, 1, 12, 0, 0, 123456, UTC), "acme", "production", "acme/ana", "ab/ci",
    "gateway.changed", "gateway", "shop", {"weight": 1}, {"weight": 2, "a": [1.5]}, "10.0.0.1", "r1",
)  # fmt: skip


def test_digest__known_content__is_always_the_same():
    assert digest(CONTENT) == ("1:e0094b8992a032ad92b60d27e8d56d3c60dada5d7fbea8f2b801cf1ed9b32b40")


def test_canonical__any_content__is_one_line_of_json_with_its_version():
    text = canonical(CONTENT).decode()

    assert json.loads(text)[:2] == [1, "2026-03-01T12:00:00.123456Z"]
    assert "\n" not in text


def test_digest__every_field__is_covered():
    for field in fields(Content):
        other = {
            "at": CONTENT.at + timedelta(microseconds=1),
            "before": None,
            "after": {},
            "source_address": None,
        }.get(field.name, "other")
        assert digest(replace(CONTENT, **{field.name: other})) != digest(CONTENT), field.name


def test_digest__as_a_database_may_give_it_back__is_the_same():
    zone = timezone(timedelta(hours=2))
    again = replace(
        CONTENT, at=CONTENT.at.astimezone(zone), after={"a": [1.5], "weight": 2.0},
        before={"weight": 1.0},
    )  # fmt: skip

    assert digest(again) == digest(CONTENT)


def test_digest__half_a_surrogate_pair__does_not_stop_a_change():
    assert digest(replace(CONTENT, after={"a": "\ud800"}))


@given(st.text(), st.text())
def test_digest__text_moved_from_field_to_field__differs(one, other):
    moved = replace(CONTENT, actor=one + other, token="")

    is_same = (one, other) == (one + other, "")
    assert (digest(replace(CONTENT, actor=one, token=other)) == digest(moved)) == is_same


def test_link__each_part__is_covered():
    first = link(GENESIS, position=1, entry=7, digest="1:aa")

    others = [
        link("1" * 64, position=1, entry=7, digest="1:aa"),
        link(GENESIS, position=2, entry=7, digest="1:aa"),
        link(GENESIS, position=1, entry=8, digest="1:aa"),
        link(GENESIS, position=1, entry=7, digest="1:ab"),
        link(GENESIS, position=11, entry=7, digest="1:aa"),
    ]
    assert len({first, *others}) == 6
