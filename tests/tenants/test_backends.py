from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from tenants.backends import LockoutBackend, TenantBackend
from tenants.services.passwords import set_active
from tests.factories import PASSWORD, user_of


def test_get_user__of_a_session__comes_with_what_its_organisation_asks(
    person, django_assert_num_queries
):
    with django_assert_num_queries(1):
        found = TenantBackend().get_user(person.pk)
        assert found.organisation.name == "acme"
        assert not hasattr(found.organisation, "sign_in_policy")


def test_get_user__switched_off_or_gone__is_nobody(person):
    user_of(person.organisation, "boss")  # the last administrator is not switched off
    set_active(person, False, actor="root")

    assert TenantBackend().get_user(person.pk) is None
    assert TenantBackend().get_user(0) is None


def test_lockout__without_a_request__lets_the_machine_itself_ask(person):
    LockoutBackend().authenticate(None, username="acme/ana", password="x")

    assert authenticate(username=person.login, password=PASSWORD) == person


def test_request__of_a_session__costs_two_queries_to_know_the_person(
    person, django_assert_num_queries
):
    client = Client()
    client.force_login(person)

    with django_assert_num_queries(3):  # one more in each process: what the person may do
        assert client.get("/api/v1/me").status_code == 200
    with django_assert_num_queries(2):  # the session, and the person with all that hangs on it
        assert client.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("password", ["wrong", ""])
def test_authenticate__wrong__is_nobody(person, password):
    assert authenticate(username=person.login, password=password) is None


def test_has_perm__whoever_asks__django_decides_nothing(environment):
    boss = user_of(environment.organisation)

    assert not TenantBackend().has_perm(boss, "gateways.view_gateway")
    assert not TenantBackend().has_module_perms(boss, "gateways")
    assert not boss.has_perm("gateways.change_gateway", None)
