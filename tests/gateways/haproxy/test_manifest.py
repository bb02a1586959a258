"""The manifest: the same bytes for the same manifest, and nothing else read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.haproxy.manifest import Manifest, ManifestEntry, manifest_key, part_key

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
entries = st.builds(ManifestEntry, st.integers(0, 2**62), st.text("0123456789abcdef", max_size=64))
manifests = st.builds(
    Manifest,
    entries=st.dictionaries(names, entries, max_size=5),
    shared_port=st.integers(0, 65_535),
    agents=st.lists(names, max_size=4).map(tuple),
)


@settings(max_examples=100, deadline=None)
@given(manifests)
def test_manifest__written_and_read__is_the_same(manifest):
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_manifest__entries_in_another_order__gives_the_same_bytes():
    one, two = ManifestEntry(1, "aa"), ManifestEntry(2, "bb")

    texts = {
        Manifest({"a": one, "b": two}, 80).to_json(),
        Manifest({"b": two, "a": one}, 80).to_json(),
    }

    assert len(texts) == 1


def test_manifest__agents_in_another_order__is_another():
    assert Manifest(agents=("a", "b")).to_json() != Manifest(agents=("b", "a")).to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"format":1}',
        '{"format":1,"gateways":[],"shared_port":0,"agents":[]}',
        '{"format":1,"gateways":{"shop":[1]},"shared_port":0,"agents":[]}',
        '{"format":1,"gateways":{"shop":7},"shared_port":0,"agents":[]}',
        '{"format":1,"gateways":{},"shared_port":0,"agents":null}',
    ],
)
def test_manifest__text_that_is_none__is_refused(text):
    with pytest.raises(ValueError, match=r"not a manifest|Expecting value"):
        Manifest.from_json(text)


def test_manifest__of_a_newer_format__says_which():
    with pytest.raises(ValueError, match="unknown format 2"):
        Manifest.from_json('{"format":2}')


def test_keys__of_an_environment__begin_with_its_path():
    assert manifest_key("acme", "production") == "acme/production/gateways/manifest"
    assert part_key("acme", "production", "shop") == "acme/production/gateways/parts/shop"
