"""Every door lets in its own and nobody else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from tenants.api.authentication import AgentPrincipal
from tenants.api.permissions import IsAgent, IsPerson, IsPlatformAdministratorOrReads
from tenants.models import ApiToken, User

SENDERS = {
    "nobody": AnonymousUser(),
    "member": User(login="acme/ana"),
    "switched off": User(login="acme/old", is_active=False),
    "administrator": User(login="root", is_superuser=True),
    "administrator switched off": User(login="was-root", is_superuser=True, is_active=False),
    "agent": AgentPrincipal(ApiToken(pk=1)),
}


def let_in(door, method="GET"):
    return {
        name
        for name, sender in SENDERS.items()
        if door().has_permission(SimpleNamespace(user=sender, method=method), None)
    }


def test_is_person__of_all_senders__lets_active_users_in():
    assert let_in(IsPerson) == let_in(IsPerson, "DELETE") == {"member", "administrator"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_is_platform_administrator_or_reads__reading__is_for_every_user(method):
    assert let_in(IsPlatformAdministratorOrReads, method) == {"member", "administrator"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_is_platform_administrator_or_reads__changing__is_for_administrators(method):
    assert let_in(IsPlatformAdministratorOrReads, method) == {"administrator"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_is_agent__of_all_senders__lets_agents_in(method):
    assert let_in(IsAgent, method) == {"agent"}
