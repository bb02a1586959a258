from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from tenants.models import RoleBinding
from tests.factories import given, user_of

ADD = reverse("admin:tenants_rolebinding_add")


@pytest.fixture
def bo(environment):
    return user_of(environment.organisation, "bo", role="")


def sent(place, bo, **fields):
    return {
        "organisation": place.organisation.pk,
        "role": "operator",
        "user": bo.pk,
        "environment": place.pk,
    } | fields


def test_binding__on_one_gateway_up_to_a_weight__is_given(environment, person, bo, client):
    client.force_login(person)

    answer = client.post(ADD, sent(environment, bo, object="gateway/shop", max_weight="12.5"))

    assert answer.status_code == 302
    found = RoleBinding.objects.get(user=bo)
    assert (found.builtin, found.object_name, found.max_weight) == ("operator", "shop", 1250)
    assert found.created_by == "acme/ana"
    page = client.get(reverse("admin:tenants_rolebinding_changelist")).content.decode()
    assert "gateway shop in environment production" in page
    assert "12.5 %" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "emperor"}, "role"),
        ({"object": "planet/mars"}, "object"),
        ({"object": "gateway/shop", "environment": ""}, "environment"),
        ({"object": "gateway/shop", "selector": "a=b"}, "selector"),
        ({"max_weight": "101"}, "max_weight"),
        ({"expires_at_0": "2001-01-01", "expires_at_1": "12:00"}, "expires_at"),
        ({"user": ""}, "__all__"),
    ],
)
def test_binding__what_may_not_be__is_refused_at_its_field(
    environment, person, bo, client, change, field
):
    client.force_login(person)

    answer = client.post(ADD, sent(environment, bo, **change))

    assert answer.status_code == 200
    assert field in answer.context_data["adminform"].form.errors
    assert not RoleBinding.objects.filter(user=bo).exists()


def test_binding__more_than_one_has__is_refused_with_what_lacks(environment, person, bo, client):
    from tenants.domain.authority import EVERYTHING
    from tenants.services.roles import create_role

    organisation = environment.organisation
    create_role(
        organisation, "binder", ["binding.*", "*.view"], actor="tests", authority=EVERYTHING
    )
    given(organisation, role="binder", user=bo.login)
    client.force_login(bo)

    answer = client.post(ADD, sent(environment, bo, role="administrator"))

    told = str(answer.context_data["adminform"].form.non_field_errors())
    assert "You cannot give what you do not have" in told
    assert not RoleBinding.objects.filter(user=bo, builtin="administrator").exists()


def test_binding__changed__keeps_all_but_end_and_limit(environment, person, bo, client, now):
    client.force_login(person)
    client.post(ADD, sent(environment, bo, max_weight="25"))
    found = RoleBinding.objects.get(user=bo)
    end = now + timedelta(days=2)

    client.post(
        reverse("admin:tenants_rolebinding_change", args=[found.pk]),
        {
            "max_weight": "50",
            "expires_at_0": f"{end:%Y-%m-%d}",
            "expires_at_1": f"{end:%H:%M:%S}",
            "role": "administrator",
        },
    )

    found.refresh_from_db()
    assert (found.builtin, found.max_weight) == ("operator", 5000)
    assert found.expires_at == end.replace(microsecond=0)


def test_binding__form__offers_own_roles_and_no_tokens_of_people(environment, person, client):
    from tenants.domain.authority import EVERYTHING
    from tenants.services.roles import create_role
    from tenants.services.tokens import create_token

    create_role(environment.organisation, "looker", ["*.view"], actor="tests", authority=EVERYTHING)
    create_token("anas-own", actor="tests", user=person)
    create_token("robot", actor="tests", service_of=environment.organisation)
    client.force_login(person)

    page = client.get(ADD).content.decode()

    assert '<option value="looker">' in page
    assert '<option value="viewer">' in page
    assert "robot" in page
    assert "anas-own" not in page


def test_binding__of_the_last_administrator__stays(environment, person, client):
    client.force_login(person)
    mine = person.bindings.get()

    page = client.post(
        reverse("admin:tenants_rolebinding_delete", args=[mine.pk]), {"post": "yes"}, follow=True
    ).content.decode()

    assert RoleBinding.objects.filter(pk=mine.pk).exists()
    assert "would be left without an administrator" in page
