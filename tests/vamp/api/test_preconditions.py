"""``If-Match`` names one revision, or the caller does not care."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.response import Response

from vamp.api.preconditions import check_revision, etag, expected_revision, with_etag
from vamp.errors import Invalid, Stale


def asking(header=None):
    headers = {} if header is None else {"if-match": header}
    return Request(RequestFactory().put("/", headers=headers))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**18 - 1))
def test_etag__any_revision__is_read_back_strong_or_weak(revision):
    assert expected_revision(asking(etag(revision))) == revision
    assert expected_revision(asking(f"W/{etag(revision)}")) == revision


@pytest.mark.parametrize("header", [None, "*", " * "])
def test_if_match__absent_or_star__accepts_every_revision(header):
    assert expected_revision(asking(header)) is None
    check_revision(asking(header), 7, "gateway shop")


@pytest.mark.parametrize("header", ["", "12", '"x"', '"1", "2"', '"-1"', '"\uff11"', f'"{10**18}"'])
def test_if_match__no_tag_of_ours__is_refused_and_not_ignored(header):
    with pytest.raises(Invalid) as told:
        expected_revision(asking(header))

    assert told.value.faults[0].hint == 'such as "12", from ETag'


def test_check__other_revision__is_stale_and_names_both():
    check_revision(asking('"7"'), 7, "gateway shop")

    with pytest.raises(Stale, match="gateway shop is at revision 7, not 6"):
        check_revision(asking('"6"'), 7, "gateway shop")


def test_check__revision_zero__is_compared_too():
    with pytest.raises(Stale):
        check_revision(asking('"0"'), 7, "gateway shop")


def test_with_etag__response__carries_the_tag():
    assert with_etag(Response(), 12)["ETag"] == '"12"'
