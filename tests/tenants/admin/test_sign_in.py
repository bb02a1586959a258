from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from tenants.connections import namespaces
from tenants.models import IdentityProvider, SignInFailures, SignInPolicy, UserSession
from tenants.services.lockout import PAIR_LIMIT, note_failure
from tests.factories import user_of

PROVIDER = {
    "title": "Acme login", "issuer": "https://login.acme.test", "client_id": "vamp",
    "login_claim": "preferred_username", "groups_claim": "groups", "makes_users": "on",
    "is_enabled": "on", "groups": "devs -> developers\ncn=ops -> operators", "secret_sso": "hunter2",
}  # fmt: skip


@pytest.fixture
def admin(person, platform_administrator):
    client = Client()
    client.force_login(platform_administrator)
    return client


def url(model, view, *args):
    return reverse(f"admin:tenants_{model}_{view}", args=args)


def test_sessions__listed_and_deleted__sign_the_browser_out(person, admin):
    client = Client()
    client.force_login(person)
    row = UserSession.objects.get(user=person)

    page = admin.get(url("usersession", "changelist")).content.decode()
    assert person.login in page
    admin.post(url("usersession", "delete", row.pk), {"post": "yes"})

    assert client.get("/api/v1/me").status_code == 401


def test_locks__listed_and_deleted__are_lifted(person, admin):
    for _ in range(PAIR_LIMIT):
        note_failure(person.login, "192.0.2.1")
    row = SignInFailures.objects.get()

    assert "locked" in admin.get(url("signinfailures", "changelist")).content.decode()
    admin.post(url("signinfailures", "delete", row.pk), {"post": "yes"})

    assert not SignInFailures.objects.exists()


def test_policy__added_and_changed__is_that_of_the_chosen_organisation(person, admin):
    form = {"organisation": person.organisation.pk, "second_factor": "passwords", "grace_days": 2}
    admin.post(url("signinpolicy", "add"), form)
    policy = SignInPolicy.objects.get()
    assert (policy.organisation, policy.second_factor) == (person.organisation, "passwords")

    admin.post(
        url("signinpolicy", "change", policy.pk), {"second_factor": "everybody", "grace_days": 2}
    )

    policy.refresh_from_db()
    assert policy.second_factor == "everybody"


def test_policy__wrong__says_what(person, admin):
    form = {"organisation": person.organisation.pk, "second_factor": "passwords", "grace_days": 999}

    assert "0 to 90 days" in admin.post(url("signinpolicy", "add"), form).content.decode()
    assert not SignInPolicy.objects.exists()


def test_provider__added__has_its_secret_in_the_store_alone(person, admin):
    organisation = person.organisation
    answer = admin.post(
        url("identityprovider", "add"), {"organisation": organisation.pk, **PROVIDER}
    )
    assert answer.status_code == 302, answer.content.decode()

    assert namespaces.secret(organisation, "sso") == "hunter2"
    assert {str(each) for each in organisation.sso_groups.all()} == {
        "devs → developers", "cn=ops → operators",
    }  # fmt: skip
    provider = IdentityProvider.objects.get()
    page = admin.get(url("identityprovider", "change", provider.pk)).content.decode()
    assert "hunter2" not in page
    assert "cn=ops" in page


def test_provider__changed_and_deleted__keeps_what_was_not_touched(person, admin):
    admin.post(url("identityprovider", "add"), {"organisation": person.organisation.pk, **PROVIDER})
    provider = IdentityProvider.objects.get()
    form = {**PROVIDER, "title": "Other", "secret_sso": ""}

    admin.post(url("identityprovider", "change", provider.pk), form)

    provider.refresh_from_db()
    assert provider.title == "Other"
    assert namespaces.secret(person.organisation, "sso") == "hunter2"
    assert person.organisation.sso_groups.count() == 2
    admin.post(url("identityprovider", "delete", provider.pk), {"post": "yes"})
    assert not IdentityProvider.objects.exists()


def test_provider__group_without_an_arrow__is_told(person, admin):
    form = {"organisation": person.organisation.pk, **PROVIDER, "groups": "devs"}

    page = admin.post(url("identityprovider", "add"), form).content.decode()

    assert "has no -&gt;" in page
    assert not IdentityProvider.objects.exists()


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_screens__administrator_of_an_organisation__sees_and_ends_only_its_own(
    person, other_environment
):
    eve = user_of(other_environment.organisation, "eve")
    signed_in(eve)
    note_failure(eve.login, "192.0.2.1")
    note_failure(person.login, "192.0.2.2")
    client = signed_in(person)

    told = client.get(url("usersession", "changelist")).content.decode()
    told += client.get(url("signinfailures", "changelist")).content.decode()
    theirs = UserSession.objects.get(user=eve)
    refused = client.post(url("usersession", "delete", theirs.pk), {"post": "yes"})

    assert person.login in told
    assert eve.login not in told
    assert refused.status_code == 404
    assert UserSession.objects.filter(user=eve).exists()


@pytest.mark.parametrize("model", ["usersession", "signinfailures"])
def test_sessions_and_locks__who_may_not_see_people__are_closed(person, model):
    client = signed_in(user_of(person.organisation, "vi", role="developer"))

    assert client.get(url(model, "changelist")).status_code == 403


def test_policy__administrator_of_an_organisation__sets_that_of_its_own(person):
    client = signed_in(person)
    form = {"organisation": person.organisation.pk, "second_factor": "everybody", "grace_days": 2}

    client.post(url("signinpolicy", "add"), form)
    nobodys = client.post(
        url("signinpolicy", "add"), {"second_factor": "everybody", "grace_days": 2}
    ).content.decode()

    assert "This field is required" in nobodys
    assert [each.organisation for each in SignInPolicy.objects.all()] == [person.organisation]


def test_policy__of_platform_administrators__is_asked_of_them_alone(person, admin):
    admin.post(url("signinpolicy", "add"), {"second_factor": "everybody", "grace_days": 0})

    (policy,) = SignInPolicy.objects.all()
    assert (policy.of_platform, policy.organisation) == (True, None)
    assert admin.get("/admin/lifter/").headers["Location"] == "/admin/account/"
    assert signed_in(person).get("/admin/lifter/").status_code == 200


@pytest.mark.parametrize(
    "model", ["usersession", "signinfailures", "signinpolicy", "identityprovider"]
)
def test_lists__more_rows__cost_the_same_queries(person, model, django_assert_max_num_queries):
    client = signed_in(person)
    for number in range(5):
        signed_in(user_of(person.organisation, f"bo{number}"))
        note_failure(f"acme/bo{number}", "192.0.2.1")

    with django_assert_max_num_queries(10, using="default"):
        assert client.get(url(model, "changelist")).status_code == 200


def test_providers__user_of_an_organisation__may_look_and_not_change(person):
    client = signed_in(person)

    assert client.get(url("identityprovider", "changelist")).status_code == 200
    assert client.get(url("identityprovider", "add")).status_code == 403


def test_screens_of_allauth__know_no_tenants__are_gone():
    assert Authenticator not in django_admin.site._registry
    assert SocialApp not in django_admin.site._registry
