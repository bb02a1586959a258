from __future__ import annotations

from django.urls import reverse

from tenants.models import User


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


def test_user__added_by_a_member__is_refused(environment, person, client):
    client.force_login(person)

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
