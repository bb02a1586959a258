from __future__ import annotations

import pytest

from tenants.domain.store import Store
from tenants.pages.lifter_words import NOT_TESTED, glance, glance_of, place_address, tabs
from tenants.services.checks import ask_connection, results_of
from tests.factories import ACTOR, user_of
from vamp.ports.checks import Check


@pytest.mark.parametrize(
    ("tone", "word"), [("good", "well"), ("unprepared", "to be set up"), ("bad", "not well")]
)
def test_glance_of__worst_finding__is_the_word(tone, word):
    check = Check("it")
    check.good("answers")
    if tone != "good":
        getattr(check, tone)("is there", "no", "do it")

    assert glance_of(check.done()).word == word


def test_glance__kept_result__reads_as_the_test_itself(environment):
    found = ask_connection(environment, Store.SCHEDULER, actor=ACTOR)
    row = results_of([environment])[environment, Store.SCHEDULER]

    assert glance(row) == glance_of(found)
    assert glance(None) == NOT_TESTED


def asking(rf, user):
    request = rf.get("/")
    request.user = user
    return request


def test_tabs__of_each_kind_of_place__mark_where_one_is(environment, person, rf):
    for place in (environment, environment.organisation, None):
        (here,) = [tab for tab in tabs(asking(rf, person), place, "connections") if tab.is_here]
        assert here.link == place_address(place)


def test_tabs__who_may_little__leads_only_to_what_opens(environment, rf, client):
    viewer = user_of(environment.organisation, "vi", role="viewer")
    client.force_login(viewer)

    found = tabs(asking(rf, viewer), environment, "setup")

    assert "Clone" not in {tab.title for tab in found}
    for tab in found:
        assert client.get(tab.link).status_code == 200, tab
