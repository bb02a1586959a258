"""Nothing is read before the address is known to be the caller's."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tenants.api.authentication import AgentPrincipal
from tenants.api.scope import AgentView, EnvironmentView, OrganisationView
from tenants.services.people import create_token
from tests.factories import environment_in
from vamp.errors import NotFound


def asked(view, user, organisation="acme", environment="production"):
    made = view()
    made.request = SimpleNamespace(user=user, method="GET")
    made.kwargs = {"organisation": organisation, "environment": environment}
    return made


def test_environment__ones_own__is_looked_up_once(environment, person, django_assert_num_queries):
    view = asked(EnvironmentView, person)

    with django_assert_num_queries(1, using="default"):
        view.check_scope()
        assert view.environment == environment
        assert view.environment.path == "acme/production"
    assert view.actor == "acme/ana"


@pytest.mark.parametrize("path", [("globex", "production"), ("acme", "nowhere"), ("no", "where")])
def test_environment__not_ones_own_or_not_there__is_the_same_answer(
    other_environment, person, path
):
    with pytest.raises(NotFound, match=f"There is no environment {'/'.join(path)}"):
        asked(EnvironmentView, person, *path).check_scope()


def test_organisation__ones_own__is_found(environment, person):
    assert asked(OrganisationView, person).organisation == environment.organisation


@pytest.mark.parametrize("name", ["globex", "initech"])
def test_organisation__not_ones_own_or_not_there__is_the_same_answer(
    other_environment, person, name
):
    with pytest.raises(NotFound, match=f"There is no organisation {name}"):
        asked(OrganisationView, person, name).check_scope()


def test_platform_administrator__of_no_organisation__sees_all(
    other_environment, platform_administrator
):
    assert asked(EnvironmentView, platform_administrator, "globex").environment == other_environment


def test_agent__of_the_environment__gets_it_without_a_query(environment, django_assert_num_queries):
    token, _ = create_token("vga", actor="tests", agent_of=environment)
    view = asked(AgentView, AgentPrincipal(token))

    with django_assert_num_queries(0):
        view.check_scope()
    assert view.environment == environment


@pytest.mark.parametrize("path", [("acme", "staging"), ("globex", "production")])
def test_agent__of_another_environment__is_told_there_is_none(environment, path):
    environment_in(name="staging")
    environment_in(organisation="globex")
    token, _ = create_token("vga", actor="tests", agent_of=environment)

    with pytest.raises(NotFound):
        asked(AgentView, AgentPrincipal(token), *path).check_scope()


def test_agent__token_of_a_person__opens_no_environment(person):
    token, _ = create_token("ci", actor="tests", user=person)

    with pytest.raises(NotFound):
        asked(AgentView, AgentPrincipal(token)).check_scope()
