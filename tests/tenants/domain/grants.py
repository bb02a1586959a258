"""Random grants, targets and tokens, over few names, so that they meet often."""

from __future__ import annotations

from hypothesis import strategies as st

from tenants.domain.authority import Authority, Grant, Target
from tenants.domain.label_selector import parse
from tenants.domain.rights import ALL

NOW_S = 1_000_000.0

RIGHTS = (
    "gateway.view", "gateway.change", "gateway.release", "release.view", "release.create",
    "service.view", "service.scale", "policy.view", "organisation.view", "environment.view",
    "user.view", "binding.create",
)  # fmt: skip
PLACES = ("", "prod", "test")
NAMES = ("", "shop", "web")

ODD_KEYS = (
    "team", "app.kubernetes.io/name", "in", "notin", "contains", "isnull", "a__b", "labels__team",
    "1", "0x", "a.b", "a-b", "exact", "true", "null",
)  # fmt: skip
VALUES = ("shop", "Shop", "web", "1", "true", "null", "in")

terms = st.one_of(
    st.builds("{}={}".format, st.sampled_from(ODD_KEYS), st.sampled_from(VALUES)),
    st.builds("{}!={}".format, st.sampled_from(ODD_KEYS), st.sampled_from(VALUES)),
    st.builds(
        "{} {} ({})".format,
        st.sampled_from(ODD_KEYS),
        st.sampled_from(("in", "notin")),
        st.lists(st.sampled_from(VALUES), min_size=1, max_size=3).map(",".join),
    ),
    st.sampled_from(ODD_KEYS),
    st.sampled_from(ODD_KEYS).map("!{}".format),
)
selector_texts = st.lists(terms, min_size=1, max_size=3).map(",".join)
labels = st.dictionaries(st.sampled_from(ODD_KEYS), st.sampled_from(VALUES), max_size=4)

targets = st.builds(
    lambda place, name, held: Target(place, name if place else "", lambda: held),
    st.sampled_from(PLACES),
    st.sampled_from(NAMES),
    labels,
)
right_sets = st.frozensets(st.sampled_from(RIGHTS), min_size=1, max_size=6)
times = st.one_of(st.none(), st.sampled_from([NOW_S - 5, NOW_S, NOW_S + 5, NOW_S + 9]))
limits = st.one_of(st.none(), st.sampled_from([0, 2_500, 10_000]))


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    """One grant, of the forms that bindings have."""
    form = draw(st.sampled_from(["whole", "whole", "selector", "object"]))
    environment = draw(st.sampled_from(PLACES if form != "object" else PLACES[1:]))
    return Grant(
        binding=draw(st.integers(1, 99)),
        role="some",
        subject="somebody",
        rights=draw(right_sets),
        environment=environment,
        selector=parse(draw(selector_texts)) if form == "selector" else None,
        object_kind=draw(st.sampled_from(["gateway", "service", "policy"]))
        if form == "object"
        else "",
        object_name=draw(st.sampled_from(NAMES[1:])) if form == "object" else "",
        expires_at_s=draw(times),
        max_weight=draw(limits),
    )


wholes = st.lists(grants(), max_size=6).map(Authority.of)
"""What users have."""

tokens = st.tuples(st.one_of(st.none(), right_sets, st.just(ALL)), st.sampled_from(PLACES))
"""What a token passes on: rights and environment."""

authorities = st.one_of(
    wholes,
    st.builds(lambda whole, token: whole.restricted(*token), wholes, tokens),
    st.builds(lambda token: Authority(is_everything=True).restricted(*token), tokens),
)
