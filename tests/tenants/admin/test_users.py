from __future__ import annotations

from django.test import Client
from django.urls import reverse

from tenants.domain.authority import EVERYTHING
from tenants.models import User
from tenants.services.roles import create_role
from tests.factories import user_of


def test_user__added__belongs_to_the_organisation_of_the_login(
    environment, platform_administrator, client
):
    client.force_login(platform_administrator)
    sent = {"login": "acme/ben", "password": "a long enough phrase"}

    answer = client.post(
        reverse("admin:tenants_user_add"), {**sent, "organisation": environment.organisation.pk}
    )

    assert answer.status_code == 302
    made = User.objects.get(login="acme/ben")
    assert made.organisation == environment.organisation
    assert not made.is_superuser
    assert made.check_password("a long enough phrase")


def test_user__added_by_a_member__is_refused(environment, member, client):
    client.force_login(member)

    answer = client.post(
        reverse("admin:tenants_user_add"),
        {"login": "acme/ben", "password": "a long enough phrase"},
    )

    assert answer.status_code == 403
    assert not User.objects.filter(login="acme/ben").exists()


def test_user__of_another_organisation_than_the_login_says__is_refused_at_the_login(
    environment, platform_administrator, client
):
    client.force_login(platform_administrator)
    sent = {"login": "globex/eve", "password": "a long enough phrase"}

    answer = client.post(
        reverse("admin:tenants_user_add"), {**sent, "organisation": environment.organisation.pk}
    )

    assert "login" in answer.context_data["adminform"].form.errors
    assert not User.objects.filter(login="globex/eve").exists()


def test_user__weak_password__is_refused_at_the_password(
    environment, platform_administrator, client
):
    client.force_login(platform_administrator)
    sent = {"login": "acme/ben", "password": "password"}

    answer = client.post(
        reverse("admin:tenants_user_add"), {**sent, "organisation": environment.organisation.pk}
    )

    assert "password" in answer.context_data["adminform"].form.errors


def test_user__made_by_an_administrator_without_organisation__is_of_theirs(
    environment, person, client
):
    client.force_login(person)

    client.post(
        reverse("admin:tenants_user_add"), {"login": "ben", "password": "a long enough phrase"}
    )

    assert not User.objects.filter(is_superuser=True).exists()


def test_user__page__says_groups_and_bindings_with_links(environment, person, client):
    client.force_login(person)

    page = client.get(reverse("admin:tenants_user_change", args=[person.pk])).content.decode()

    binding = person.bindings.get()
    assert reverse("admin:tenants_rolebinding_change", args=[binding.pk]) in page
    assert "on the organisation" in page
    assert reverse("access") in page


def test_user__last_administrator__is_not_deleted(environment, person, client):
    client.force_login(person)

    page = client.post(
        reverse("admin:tenants_user_delete", args=[person.pk]), {"post": "yes"}, follow=True
    ).content.decode()

    assert User.objects.filter(pk=person.pk).exists()
    assert "would be left without an administrator" in page


def test_user__colleague_who_is_signed_in__is_deleted_by_an_administrator(person, member, client):
    Client().force_login(member)
    client.force_login(person)

    client.post(reverse("admin:tenants_user_delete", args=[member.pk]), {"post": "yes"})

    assert not User.objects.filter(pk=member.pk).exists()


def test_user__mightier_than_whoever_may_change_people__stays_as_they_are(person, client):
    user_of(person.organisation, "second")  # so that Ana is not the last administrator
    create_role(person.organisation, "desk", rights=["user.*"], actor="tests", authority=EVERYTHING)
    client.force_login(user_of(person.organisation, "desk", role="desk"))
    form = {"full_name": "Somebody", "email": ""}  # without the tick: switched off

    client.post(reverse("admin:tenants_user_change", args=[person.pk]), form)
    client.post(reverse("admin:tenants_user_delete", args=[person.pk]), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"}
    told = client.post(reverse("admin:tenants_user_changelist"), chosen, follow=True)

    assert "You cannot give what you do not have" in told.content.decode()
    found = User.objects.get(pk=person.pk)
    assert (found.is_active, found.full_name) == (True, person.full_name)


def test_user__deleted_by_a_member__is_refused(person, member, client):
    client.force_login(member)

    answer = client.post(reverse("admin:tenants_user_delete", args=[person.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert User.objects.filter(pk=person.pk).exists()
