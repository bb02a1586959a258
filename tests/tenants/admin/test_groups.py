from __future__ import annotations

from django.urls import reverse

from tenants.models import Group
from tests.factories import given, user_of


def made(environment, client, person, **fields):
    client.force_login(person)
    sent = {"organisation": environment.organisation.pk, "name": "sre", "title": "", **fields}
    return client.post(reverse("admin:tenants_group_add"), sent, follow=True)


def test_group__added_with_members__has_them(environment, person, client):
    bo = user_of(environment.organisation, "bo", role="")

    made(environment, client, person, members=[bo.pk])

    assert list(Group.objects.get().members.all()) == [bo]


def test_group__member_of_another_tenant__is_refused(
    environment, other_environment, person, client
):
    eve = user_of(other_environment.organisation, "eve")

    answer = made(environment, client, person, members=[eve.pk])

    assert answer.context_data["adminform"].form.errors["members"]
    assert not Group.objects.exists()


def test_group__name_taken__is_refused(environment, person, client):
    made(environment, client, person)

    answer = made(environment, client, person)

    assert "already" in str(answer.context_data["adminform"].form.errors)


def test_group__last_administrators__stays(environment, person, client):
    made(environment, client, person, members=[person.pk])
    given(environment.organisation, role="administrator", group="sre")
    person.bindings.all().delete()
    group = Group.objects.get()

    page = client.post(
        reverse("admin:tenants_group_delete", args=[group.pk]), {"post": "yes"}, follow=True
    ).content.decode()

    assert Group.objects.exists()
    assert "would be left without an administrator" in page


def test_group_list__one_role_given__counts_it(environment, person, client):
    made(environment, client, person, members=[person.pk])
    given(environment.organisation, role="viewer", group="sre")

    page = client.get(reverse("admin:tenants_group_changelist")).content.decode()

    assert "1 roles" not in page
    assert "1 role" in page
