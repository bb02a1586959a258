from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tenants import selectors
from tenants.authorisation import authority_of
from tenants.services.tokens import create_token
from tests.factories import ACTOR
from vamp.errors import NotFound


def test_environment_for__own__is_read_with_its_organisation_in_one_query(environment, person):
    authority_of(person)
    with CaptureQueriesContext(connections["default"]) as queries:
        found = selectors.environment_for(person, "acme", "production")
        assert str(found) == "acme/production"

    assert len(queries) == 1


def test_environment_for__another_tenants_or_none__is_the_same_answer(
    environment, other_environment, person
):
    messages = []
    for organisation in ("globex", "nowhere"):
        with pytest.raises(NotFound) as caught:
            selectors.environment_for(person, organisation, "production")
        messages.append(str(caught.value).replace(organisation, "…"))

    assert messages[0] == messages[1]


def test_organisation_for__another_tenants__is_not_found(
    environment, other_environment, person, platform_administrator
):
    assert selectors.organisation_for(person, "acme").name == "acme"
    with pytest.raises(NotFound):
        selectors.organisation_for(person, "globex")
    assert selectors.organisation_for(platform_administrator, "globex").name == "globex"


def test_every_environment__of_the_installation__in_one_query(environment, other_environment):
    with CaptureQueriesContext(connections["default"]) as queries:
        found = [str(each) for each in selectors.every_environment()]

    assert found == ["acme/production", "globex/production"]
    assert len(queries) == 1


def test_environment_by_id__gone__is_none(environment):
    assert selectors.environment_by_id(environment.pk) == environment
    assert selectors.environment_by_id(environment.pk + 1) is None


@pytest.mark.parametrize("wrong", ["", "no", "prefix", "both"])
def test_token_by_text__not_the_whole_text__is_none(person, wrong):
    token, text = create_token("ci", actor=ACTOR, user=person)
    tried = {"prefix": token.prefix, "both": f"{text} "}.get(wrong, wrong)

    assert selectors.token_by_text(tried) is None


def test_namespaces_of__one_organisation_or_all__are_its_own_and_its_environments(
    environment, other_environment, django_assert_num_queries
):
    acme, other = environment.organisation, other_environment.organisation

    with django_assert_num_queries(2, using="default"):
        assert selectors.namespaces_of(acme) == [("acme", ""), ("acme", environment.name)]
    assert set(selectors.namespaces_of(None)) == {
        ("acme", ""), ("acme", environment.name),
        (other.name, ""), (other.name, other_environment.name),
    }  # fmt: skip
