"""Hypothesis strategies for sound gateway documents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from gateways.documents.gateway import GatewayDocument, HeaderStickiness, TimeoutsDocument
from gateways.documents.route import RouteDocument
from gateways.domain.condition import render_words
from tests.gateways.domain.strategies import conditions

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,6}", fullmatch=True) | st.sampled_from(
    ["1.10", "on", "null", "1e5", "0x1", "2026-01-01", "12", "true"]
)
TEXTS = st.text(max_size=12).filter(str.isprintable)
HOSTS = st.builds(
    "{}{}.test{}".format,
    st.sampled_from(["", "*."]),
    LABELS,
    st.sampled_from(["", "/v1", "/a/b", "/~x"]),
)
ADDRESSES = st.sampled_from(["10.0.0.7:80", "[fd00::1]:8080", "legacy.test:1", "a:65535"])
TIMEOUTS = st.integers(1, 86_400_000).map(lambda ms: timedelta(milliseconds=ms))
TARGETS = st.one_of(
    st.fixed_dictionaries({"service": NAMES, "version": NAMES}),
    st.fixed_dictionaries({"gateway": LABELS}),
    st.fixed_dictionaries(
        {"addresses": st.lists(ADDRESSES, min_size=1, max_size=3, unique=True).map(tuple)}
    ),
)


def _target_key(target: dict[str, Any]) -> tuple[str, ...]:
    return RouteDocument(**target).target


@st.composite
def routes(draw: st.DrawFn, *, is_http: bool) -> tuple[RouteDocument, ...]:
    targets: list[dict[str, Any]] = draw(st.lists(TARGETS, max_size=4, unique_by=_target_key))
    between = st.lists(st.integers(0, 10_000), min_size=len(targets) - 1, max_size=len(targets) - 1)
    cuts = [0, *sorted(draw(between)), 10_000] if targets else []
    found = []
    for index, target in enumerate(targets):
        extra: dict[str, Any] = {}
        if is_http and draw(st.booleans()):
            extra = {
                "condition": render_words(draw(conditions)),
                "strength": draw(st.integers(0, 10_000)),
                "priority": draw(st.integers(-5, 5)),
            }
        weight = cuts[index + 1] - cuts[index]
        found.append(RouteDocument(name=f"route-{index}", weight=weight, **target, **extra))
    return tuple(found)


@st.composite
def gateways(draw: st.DrawFn) -> GatewayDocument:
    protocol: Any = draw(st.sampled_from(["http", "tcp"]))
    is_http = protocol == "http"
    entrance: dict[str, Any] = {"port": draw(st.integers(1, 65_535))}
    if is_http and draw(st.booleans()):
        entrance = {"hosts": tuple(draw(st.lists(HOSTS, min_size=1, max_size=3, unique=True)))}
    sticky: st.SearchStrategy[Any] = st.sampled_from(["none", "source"])
    if is_http:
        sticky = sticky | st.just("cookie") | st.just(HeaderStickiness(header="X-User"))
    return GatewayDocument(
        name=draw(LABELS),
        title=draw(TEXTS),
        protocol=protocol,
        sticky=draw(sticky),
        balance=draw(st.sampled_from(["roundrobin", "leastconn", "random"])),
        timeouts=draw(
            st.builds(TimeoutsDocument, connect=TIMEOUTS, server=TIMEOUTS, queue=TIMEOUTS)
        ),
        retries=draw(st.integers(0, 100)),
        selector=draw(st.sampled_from(["", "label(app)(shop) && label(version)((.*))"])),
        policy=draw(st.just("") | NAMES),
        metadata=draw(st.dictionaries(NAMES, TEXTS, max_size=2)),
        routes=draw(routes(is_http=is_http)),
        **entrance,
    )
