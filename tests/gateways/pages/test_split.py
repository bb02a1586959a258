from __future__ import annotations

from gateways.models import Route
from gateways.pages import split


def route(name, weight=0, **fields):
    return Route(name=name, weight=weight, kind="service", service="shop", version=name, **fields)


def test_changes__new_weights__say_what_moves():
    planned = split.changes(
        [route("1.0.0", 9_000), route("1.1.0", 1_000)], {"1.0.0": 7_500, "1.1.0": 2_500}
    )

    assert [change.difference for change in planned] == ["−15%", "+15%"]
    assert split.moved(planned) == 1_500
    assert [segment.weight for segment in split.after(planned)] == [7_500, 2_500]


def test_changes__same_weights__move_nothing():
    planned = split.changes([route("1.0.0", 10_000)], {"1.0.0": 10_000})

    assert planned[0].difference == "unchanged"
    assert split.moved(planned) == 0


def test_target_words__each_kind__is_told():
    assert split.target_words(route("1.0.0")) == "shop 1.0.0"
    assert split.target_words(Route(kind="gateway", target_gateway="api")) == "gateway api"
    assert split.target_words(Route(kind="addresses", addresses=["a:1", "b:2"])) == "a:1, b:2"


def test_condition_words__condition__is_in_words():
    given = route("1.0.0", condition="path starts /beta", strength=5_000)

    assert split.condition_words(given) == "50% of requests where path starts /beta"
    assert split.condition_words(route("1.0.0")) == ""


def test_condition_words__written_by_a_newer_vamp__is_shown_as_it_is():
    assert "moon is full" in split.condition_words(
        route("1", condition="moon is full", strength=10_000)
    )


def test_colour_key__no_version__is_the_name():
    assert split.colour_key(Route(name="legacy", kind="addresses")) == "legacy"
