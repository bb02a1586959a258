from __future__ import annotations

from django.urls import reverse

from tenants.connections import namespaces
from tenants.models import ApiToken, Environment, Organisation, User
from tests.factories import environment_in
from vamp.models import AuditEntry


def test_organisation__added_by_a_platform_administrator__goes_through_the_service(
    platform_administrator, client
):
    client.force_login(platform_administrator)

    answer = client.post(reverse("admin:tenants_organisation_add"), {"name": "initech"})

    assert answer.status_code == 302
    entry = AuditEntry.objects.using("default").get(name="initech")
    assert (entry.actor, entry.verb) == ("root", "organisation.created")


def test_organisation__added_by_somebody_else__is_refused(person, client):
    client.force_login(person)

    answer = client.post(reverse("admin:tenants_organisation_add"), {"name": "initech"})

    assert answer.status_code == 403
    assert not Organisation.objects.filter(name="initech").exists()


def environment_form(organisation, **changes):
    return {
        "organisation": organisation.pk,
        "name": "staging",
        "stage": "test",
        "order": 1,
        "service_label": "app",
        "version_label": "version",
        "shared_port": 0,
        **changes,
    }


def test_environment__added__is_saved_and_audited(environment, platform_administrator, client):
    client.force_login(platform_administrator)

    answer = client.post(
        reverse("admin:tenants_environment_add"), environment_form(environment.organisation)
    )

    assert answer.status_code == 302
    assert Environment.objects.filter(
        organisation=environment.organisation, name="staging"
    ).exists()


def test_environment__several_faults__each_stands_at_its_field(
    environment, platform_administrator, client
):
    client.force_login(platform_administrator)
    sent = environment_form(
        environment.organisation, scheduler_url="ftp://x", kv_url="redis://y", metrics_url="db:"
    )

    answer = client.post(reverse("admin:tenants_environment_add"), sent)

    assert answer.status_code == 200
    errors = answer.context_data["adminform"].form.errors
    assert set(errors) == {"scheduler_url", "kv_url"}
    assert not Environment.objects.filter(name="staging").exists()


def test_environment__added_by_a_member__is_refused(environment, person, client):
    """Its URLs say where Vamp reads, writes and starts processes on its own machine."""
    client.force_login(person)

    answer = client.post(
        reverse("admin:tenants_environment_add"), environment_form(environment.organisation)
    )

    assert answer.status_code == 403
    assert not Environment.objects.filter(name="staging").exists()


def test_environment__changed__mirror_follows(environment, platform_administrator, client):
    client.force_login(platform_administrator)
    sent = environment_form(environment.organisation, title="Shop, live", stage="production")

    answer = client.post(reverse("admin:tenants_environment_change", args=[environment.pk]), sent)

    assert answer.status_code == 302
    assert (
        Environment.objects.using(environment.database).get(pk=environment.pk).title == "Shop, live"
    )


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


def test_token__added__text_is_shown_once(environment, person, client):
    client.force_login(person)
    sent = {"name": "agents", "agent_of": environment.pk}

    answer = client.post(reverse("admin:tenants_apitoken_add"), sent, follow=True)

    token = ApiToken.objects.get(name="agents")
    assert f"not shown again: {token.prefix}" in answer.content.decode()
    again = client.get(reverse("admin:tenants_apitoken_changelist")).content.decode()
    assert f"{token.prefix}." not in again


def test_token__neither_user_nor_agents__is_refused(environment, person, client):
    client.force_login(person)

    answer = client.post(reverse("admin:tenants_apitoken_add"), {"name": "nobody"})

    assert answer.status_code == 200
    assert answer.context_data["adminform"].form.non_field_errors()


def test_token__deleted__is_revoked_through_the_service(environment, person, client):
    client.force_login(person)
    client.post(
        reverse("admin:tenants_apitoken_add"), {"name": "agents", "agent_of": environment.pk}
    )
    token = ApiToken.objects.get(name="agents")

    client.post(reverse("admin:tenants_apitoken_delete", args=[token.pk]), {"post": "yes"})

    assert not ApiToken.objects.exists()
    verbs = AuditEntry.objects.using("default").values_list("verb", flat=True)
    assert "token.revoked" in list(verbs)


def test_environment_list__same_name_in_another_tenant__is_not_shown(environment, person, client):
    environment_in("default", organisation="globex")
    client.force_login(person)

    page = client.get(reverse("admin:tenants_environment_changelist")).content.decode()

    assert "acme/production" in page
    assert "globex" not in page


def test_environment__secret_given_in_the_form__is_written_and_never_shown(
    environment, platform_administrator, client
):
    client.force_login(platform_administrator)
    address = reverse("admin:tenants_environment_change", args=[environment.pk])
    form = environment_form(environment.organisation, stage=environment.stage, order=0)

    answer = client.post(address, {**form, "secret_scheduler": "hunter2-and-more"})
    shown = client.get(address)

    assert answer.status_code == 302, answer.content.decode()
    assert namespaces.secret(environment, "scheduler") == "hunter2-and-more"
    assert "hunter2" not in shown.content.decode()
    assert "Set by root at 20" in shown.content.decode()


def test_environment__secret_while_the_store_is_away__says_so_at_the_form(
    environment, platform_administrator, client, settings, tmp_path
):
    client.force_login(platform_administrator)
    (tmp_path / "file").write_text("no folder")
    settings.KV_URL = f"file://{tmp_path}/file"
    address = reverse("admin:tenants_environment_change", args=[environment.pk])
    form = environment_form(environment.organisation, stage=environment.stage, order=0)

    answer = client.post(address, {**form, "title": "New", "secret_kv": "hunter2-and-more"})

    environment.refresh_from_db()
    assert answer.status_code == 200
    assert "does not work" in answer.content.decode()
    assert environment.title != "New"
