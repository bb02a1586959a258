from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from tenants.authorisation import authority_of
from tenants.domain.authority import EVERYTHING, Authority, Grant
from tenants.domain.rights import ALL
from tenants.models import ApiToken, Organisation, RoleBinding, User
from tenants.services.delegation import (
    LastAdministrator,
    administrators,
    refuse_beyond,
    refuse_power_of,
    refuse_power_over,
)
from tenants.services.groups import create_group
from tenants.services.tokens import create_token
from tests.factories import ACTOR, environment_in, given, user_of
from vamp.errors import Conflict, NotAllowed


@pytest.fixture
def acme(db):
    return environment_in().organisation


def power(user, **token):
    found = User.objects.select_related("organisation").get(pk=user.pk)
    found.token_used = ApiToken(**token) if token else None
    return authority_of(found)


def test_refuse_beyond__much_is_lacking__names_five_and_counts_the_rest():
    wanted = Grant(0, "all", "anybody", ALL)
    held = Authority.of([Grant(1, "some", "me", frozenset({"gateway.view"}))])

    with pytest.raises(NotAllowed, match=rf"on the organisation: .* and {len(ALL) - 6} more\."):
        refuse_beyond(held, wanted)
    refuse_beyond(EVERYTHING, wanted)


def test_refuse_power_over__somebody_mightier__is_refused(acme):
    ana, bo = user_of(acme), user_of(acme, "bo", role="operator")

    refuse_power_over(power(ana), bo)
    refuse_power_over(power(bo), bo)
    with pytest.raises(NotAllowed):
        refuse_power_over(power(bo), ana)


def test_refuse_power_over__mightier_by_a_group__is_refused(acme):
    bo, cy = user_of(acme, "bo", role="operator"), user_of(acme, "cy", role="viewer")
    create_group(acme, "admins", actor=ACTOR, members=[cy.login])
    given(acme, role="administrator", group="admins")

    with pytest.raises(NotAllowed):
        refuse_power_over(power(bo), cy)


def test_refuse_power_over__platform_administrator__only_by_another_without_limits(acme):
    root, other = user_of(None, "root"), user_of(None, "toor")

    refuse_power_over(power(other), root)
    for authority in (power(user_of(acme)), power(other, rights=["*.*"])):
        with pytest.raises(NotAllowed, match="platform administrator"):
            refuse_power_over(authority, root)


def test_refuse_power_of__token_of_a_mightier_service_or_user__is_refused(acme):
    ana, bo = user_of(acme), user_of(acme, "bo", role="operator")
    service, _ = create_token("deploy", actor=ACTOR, service_of=acme)
    of_ana, _ = create_token("hers", actor=ACTOR, user=ana)
    refuse_power_of(power(bo), service)  # nothing is given to it yet
    given(acme, role="administrator", token="deploy", environment="production")

    for token in (service, of_ana):
        refuse_power_of(power(ana), token)
        with pytest.raises(NotAllowed):
            refuse_power_of(power(bo), token)


def test_administrators__by_themselves_or_a_group_for_good__and_nobody_else(acme, now):
    ana, bo = user_of(acme), user_of(acme, "bo", role="")
    create_group(acme, "admins", actor=ACTOR, members=[bo.login, ana.login])
    given(acme, role="administrator", group="admins")
    create_token("ci", actor=ACTOR, service_of=acme)
    given(acme, role="administrator", token="ci")
    limits = {
        "timed": {"expires_at": now + timedelta(days=9)},
        "light": {"max_weight": 10_000},
        "local": {"environment": "production"},
        "picky": {"selector": "team=a"},
        "single": {"environment": "production", "object": "gateway/shop"},
        "gone": {},
    }
    for name, limit in limits.items():
        user = user_of(acme, name, role="")
        given(acme, role="administrator", user=user.login, **limit)
    user_of(acme, "olga", role="operator")
    User.objects.filter(login="acme/gone").update(is_active=False)

    assert administrators(acme) == {ana.pk, bo.pk}


def test_last_administrator__there_was_none_before__lets_everything_through(acme):
    with transaction.atomic(), LastAdministrator(acme):
        RoleBinding.objects.all().delete()


def test_last_administrator__none_would_be_left__is_refused_and_rolled_back(acme):
    user_of(acme)
    before = Organisation.objects.get(pk=acme.pk).access_generation

    with (
        pytest.raises(Conflict, match="active, and without end or limit"),
        transaction.atomic(),
        LastAdministrator(acme),
    ):
        RoleBinding.objects.all().delete()

    assert RoleBinding.objects.exists()
    assert Organisation.objects.get(pk=acme.pk).access_generation == before


def test_last_administrator__the_change_fails_by_itself__its_own_error_comes_through(acme):
    user_of(acme)

    def fail():
        with transaction.atomic(), LastAdministrator(acme):
            RoleBinding.objects.all().delete()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
