from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import User, UserSession
from tests.factories import user_of
from vamp.models import AuditEntry

NEW = "quite another long phrase"
FORM = {"new": NEW, "again": NEW, "must_change": "on"}


def page_of(user):
    return reverse("user-password", args=[user.pk])


@pytest.fixture
def bo(person):
    return user_of(person.organisation, "bo", role="viewer")


@pytest.fixture
def admin(person, client):
    client.force_login(person)
    return client


def test_password__set__ends_sessions_asks_for_another_and_is_audited(bo, admin):
    theirs = Client()
    theirs.force_login(bo)

    answer = admin.post(page_of(bo), FORM, follow=True)

    assert "The password of acme/bo is set" in answer.content.decode()
    found = User.objects.get(pk=bo.pk)
    assert found.check_password(NEW)
    assert found.must_change_password
    assert not UserSession.objects.filter(user=bo).exists()
    assert theirs.get("/api/v1/me").status_code == 401
    entry = AuditEntry.objects.using("default").get(verb="user.password_changed")
    assert (entry.actor, entry.name) == ("acme/ana", "acme/bo")
    assert NEW not in str(entry.after)


def test_password__next_sign_in__leads_to_choosing_ones_own(bo, admin):
    admin.post(page_of(bo), FORM)
    theirs = Client()
    theirs.force_login(User.objects.get(pk=bo.pk))

    assert theirs.get("/admin/lifter/").headers["Location"] == "/admin/password_change/"


def test_password__not_to_be_changed__is_theirs(bo, admin):
    admin.post(page_of(bo), {"new": NEW, "again": NEW})

    assert not User.objects.get(pk=bo.pk).must_change_password


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [("short", "short", "too short"), (NEW, "another phrase", "the two passwords differ")],
)
def test_password__wrong__says_what_and_changes_nothing(bo, admin, new, again, said):
    answer = admin.post(page_of(bo), {"new": new, "again": again})

    told = answer.content.decode()
    assert answer.status_code == 400
    assert said in told.replace("The two", "the two")
    assert f'value="{new}"' not in told
    assert not User.objects.get(pk=bo.pk).check_password(new)


def test_password__ones_own__is_changed_with_the_old_one(person, admin):
    assert admin.get(page_of(person)).headers["Location"] == "/admin/password_change/"


def test_password__of_somebody_who_may_more__is_refused(person, bo, client):
    client.force_login(user_of(person.organisation, "kim", role="operator"))

    assert client.get(page_of(person)).status_code == 403
    assert client.post(page_of(person), FORM).status_code == 403
    assert not User.objects.get(pk=person.pk).check_password(NEW)


def test_password__of_another_tenant__is_not_there(other_environment, admin):
    eve = user_of(other_environment.organisation, "eve")

    assert admin.post(page_of(eve), FORM).status_code == 404
    assert not User.objects.get(pk=eve.pk).check_password(NEW)


def test_user_page__who_may_change_people__leads_there(person, bo, admin, client_of):
    form = reverse("admin:tenants_user_change", args=[bo.pk])
    assert page_of(bo) in admin.get(form).content.decode()

    theirs = Client()
    theirs.force_login(bo)
    assert page_of(bo) not in theirs.get(form).content.decode()
