from __future__ import annotations

import json

import pytest

from gateways.haproxy.hint import MOST_NAMED, hint_content, hint_subject, hinted
from gateways.haproxy.manifest import ManifestEntry


def test_hint__written_and_read__is_the_same():
    entries = {"shop": ManifestEntry(7, "ab"), "api": ManifestEntry(1, "cd")}

    assert hinted(json.loads(json.dumps(hint_content(entries)))) == entries


def test_hint_content__very_many_parts__names_none():
    entries = {f"g{number}": ManifestEntry(1, "x") for number in range(MOST_NAMED + 1)}

    assert hinted(hint_content(entries)) == {}


@pytest.mark.parametrize(
    "content", [{}, {"parts": 1}, {"parts": {"a": 1}}, {"parts": {"a": [1]}}, {"parts": {"a": "x"}}]
)
def test_hinted__not_ours__names_none(content):
    assert hinted(content) == {}


def test_hint_subject__of_an_environment__is_shorter_than_an_events():
    assert hint_subject("acme", "production") == "vamp.acme.production.gateways.hint"
