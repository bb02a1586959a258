from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from tenants.api.authentication import AgentPrincipal
from tenants.api.permissions import IsAgent, IsPrincipal
from tenants.models import ApiToken, User
from tenants.models.principal import ServiceAccount

USER = User(login="acme/ana")
SERVICE = ServiceAccount(ApiToken(name="ci"))
AGENT = AgentPrincipal(ApiToken(name="vga"))


def asked_by(user):
    return SimpleNamespace(user=user, method="GET")


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (USER, True),
        (SERVICE, True),
        (AGENT, False),
        (AnonymousUser(), False),
        (User(login="acme/gone", is_active=False), False),
    ],
)
def test_is_principal__sender__lets_in_whoever_has_rights(user, expected):
    assert IsPrincipal().has_permission(asked_by(user), None) is expected


@pytest.mark.parametrize(
    ("user", "expected"), [(AGENT, True), (USER, False), (SERVICE, False), (AnonymousUser(), False)]
)
def test_is_agent__sender__lets_agents_in_alone(user, expected):
    assert IsAgent().has_permission(asked_by(user), None) is expected
