from __future__ import annotations

from django.urls import reverse

from tenants.connections import namespaces
from tenants.models import Environment


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
