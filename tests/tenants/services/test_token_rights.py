from __future__ import annotations

import pytest

from tenants.domain.authority import EVERYTHING
from tenants.models.principal import ServiceAccount
from tenants.services.roles import create_role
from tenants.services.token_rights import REVOKE, ROTATE, may_touch, refuse_limited, refuse_touch
from tenants.services.tokens import create_token
from tests.factories import given, user_of
from vamp.errors import NotAllowed


def test_refuse_touch__own_token__passes(person):
    token, _ = create_token("ci", actor="tests", user=person)

    refuse_touch(person, token, ROTATE)
    refuse_touch(person, token, REVOKE)


def test_refuse_touch__limited_token__touches_itself_alone(person):
    whole, _ = create_token("whole", actor="tests", user=person)
    limited, _ = create_token("limited", actor="tests", user=person, rights=["gateway.view"])
    person.token_used = limited

    assert may_touch(person, limited, ROTATE)
    assert not may_touch(person, whole, ROTATE)
    assert not may_touch(person, whole, REVOKE)
    with pytest.raises(NotAllowed, match="makes no others"):
        refuse_limited(person)


def test_refuse_touch__mightier_service__is_not_rotated(environment, person):
    organisation = environment.organisation
    create_role(organisation, "keeper", ["token.*"], actor="tests", authority=EVERYTHING)
    keeper = user_of(organisation, "kim", role="keeper")
    robot, _ = create_token("robot", actor="tests", service_of=organisation)
    assert may_touch(keeper, robot, ROTATE)

    given(organisation, role="operator", token="robot")

    assert not may_touch(keeper, robot, ROTATE)
    assert may_touch(keeper, robot, REVOKE)
    assert may_touch(person, robot, ROTATE)
    assert may_touch(ServiceAccount(robot), robot, ROTATE)


def test_refuse_touch__of_agents__takes_the_right_to_agents_there(environment, person, member):
    token, _ = create_token("vga", actor="tests", agent_of=environment)
    viewer = user_of(environment.organisation, "vic", role="viewer")

    assert may_touch(member, token, ROTATE)
    assert not may_touch(viewer, token, ROTATE)
