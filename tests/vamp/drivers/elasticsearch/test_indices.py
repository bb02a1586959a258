"""Names of indices: one tenant's never match another's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vamp.drivers.elasticsearch.indices import IndexFamily, prefix_of, template_pattern
from vamp.drivers.elasticsearch.templates import KINDS
from vamp.dsn import Dsn
from vamp.errors import Invalid

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

# Few letters and many hyphens, and kinds as names, so that clashes would be found.
labels = st.from_regex(r"(?:[ab2](?:[ab-]{0,4}[ab])?|rollup|traffic|audit)", fullmatch=True)
kinds = st.sampled_from(KINDS)
families = st.builds(
    IndexFamily, st.sampled_from(["vamp", "vamp_a"]), labels, labels | st.just(""), kinds
)


def family(organisation="acme", environment="production", kind="rollup", prefix="vamp"):
    return IndexFamily(prefix, organisation, environment, kind)


def test_of__a_moment__is_the_day_in_utc():
    late = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))

    assert family().of(NOON) == "vamp-acme-production-rollup-2026.03.01"
    assert family().of(late) == "vamp-acme-production-rollup-2026.03.02"


def test_stem__hyphens_at_other_places__differs():
    assert family("a-b", "c").stem == "vamp-a_b-c-rollup-"
    assert family("a", "b-c").stem == "vamp-a-b_c-rollup-"


def test_stem__of_an_organisation_itself__is_that_of_no_environment():
    assert family(environment="").stem == "vamp-acme-_-rollup-"


@given(families, families)
def test_pattern__of_two_families__matches_no_index_of_the_other(one, other):
    index = other.of(NOON)

    assert fnmatchcase(index, one.pattern) == (one == other)
    assert (one.day_of(index) is not None) == (one == other)


@given(families, kinds)
def test_template_pattern__of_a_kind__matches_its_indices_and_no_others(one, kind):
    is_ours = one.prefix == "vamp" and one.kind == kind

    assert fnmatchcase(one.of(NOON), template_pattern("vamp", kind)) == is_ours


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a.b", "a*", "a,b", "é", "a" * 64])
def test_family__name_is_no_label__is_refused(name):
    with pytest.raises(ValueError, match="not a DNS label"):
        family(organisation=name)
    if name:  # an organisation's own is of no environment
        with pytest.raises(ValueError, match="not a DNS label"):
            family(environment=name)


@pytest.mark.parametrize(
    "index",
    ["vamp-acme-production-rollup-2026.3.1", "vamp-acme-production-rollup-x", "vamp-acme-other"],
)
def test_day_of__an_index_that_is_none_of_ours__is_none(index):
    assert family().day_of(index) is None
    assert family().day_of(family().of(NOON)) == date(2026, 3, 1)


def test_between__spans__names_every_day_that_they_touch_once():
    stem = family().stem
    midnight = NOON.replace(hour=0)

    assert family().between([(midnight, midnight + DAY)]) == f"{stem}2026.03.01"
    assert family().between([(NOON, midnight + DAY), (NOON, NOON + DAY)]) == (
        f"{stem}2026.03.01,{stem}2026.03.02"
    )
    assert family().between([(NOON, NOON), (NOON, NOON - DAY)]) == ""


def test_between__more_days_than_are_named__is_all_of_the_family():
    assert family().between([(NOON, NOON + 31 * DAY)]) == family().pattern
    assert family().between(
        [(NOON + 2 * n * DAY, NOON + 2 * n * DAY + DAY) for n in range(20)]
    ) == (family().pattern)
    assert family().between([(NOON, NOON + 29 * DAY)]).count(",") == 29


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("elasticsearch://es:9200", "vamp"),
        ("elasticsearch://es:9200/", "vamp"),
        ("elasticsearch://es:9200/vamp_2", "vamp_2"),
    ],
)
def test_prefix_of__a_url__is_its_path_or_ours(url, prefix):
    assert prefix_of(Dsn.parse(url)) == prefix


@pytest.mark.parametrize("path", ["a-b", "A", "2a", "a/b", "a*", "_a", "a" * 41])
def test_prefix_of__not_fit_for_an_index__is_invalid(path):
    with pytest.raises(Invalid):
        prefix_of(Dsn.parse(f"elasticsearch://es:9200/{path}"))
