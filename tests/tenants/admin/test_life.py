from __future__ import annotations

import pytest
from django.urls import reverse

from tenants.admin.life import life_links, usage_words
from tenants.models import Environment, Organisation
from tenants.services.archiving import archive_environment
from tenants.services.tenancy import create_environment
from tests.factories import ACTOR, deletion_in

LIST = reverse("admin:tenants_environment_changelist")


@pytest.fixture
def root(environment, platform_administrator, client):
    client.force_login(platform_administrator)
    return client


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"live"}),
        ("?state=active", {"live"}),
        ("?state=archived", {"production"}),
        ("?state=all", {"live", "production"}),
        ("?state=deleting", set()),
    ],
)
def test_list__one_is_archived__is_shown_where_asked_for(root, environment, query, shown):
    create_environment(environment.organisation, "live", actor=ACTOR)
    archive_environment(environment, actor="root")

    answer = root.get(f"{LIST}{query}")

    assert {row.name for row in answer.context["cl"].result_list} == shown


def test_list__filter__says_what_is_left_out(root, environment):
    assert "Not archived" in root.get(LIST).content.decode()


def test_form__archived__is_shown_and_not_changed(root, environment):
    archive_environment(environment, actor="root")
    page = reverse("admin:tenants_environment_change", args=[environment.pk])

    assert root.get(page).status_code == 200
    assert root.post(page, {"title": "x"}).status_code == 403
    assert Environment.objects.get().title == ""


def test_form__of_an_environment__leads_to_clone_and_life(root, environment):
    page = reverse("admin:tenants_environment_change", args=[environment.pk])

    told = root.get(page).content.decode()

    assert reverse("environment-clone", args=["acme", "production"]) in told
    assert reverse("environment-life", args=["acme", "production"]) in told


def test_form__of_an_organisation__quotas_defaults_and_usage_are_there(root, environment):
    page = reverse("admin:tenants_organisation_change", args=[environment.organisation_id])
    assert "1 environment, no limit" in root.get(page).content.decode()

    answer = root.post(
        page,
        {
            "title": "ACME",
            "most_gateways": "7",
            "environment_defaults": '{"stage": "test"}',
            "audit_retention_days": "0",
        },
    )

    assert answer.status_code == 302, answer.context["errors"]
    row = Organisation.objects.get()
    assert (row.title, row.most_gateways) == ("ACME", 7)
    assert row.environment_defaults == {"stage": "test"}


def test_form__defaults_are_wrong__is_said_at_the_field(root, environment):
    page = reverse("admin:tenants_organisation_change", args=[environment.organisation_id])

    answer = root.post(
        page, {"environment_defaults": '{"colour": "red"}', "audit_retention_days": "0"}
    )

    assert "unknown key `colour`" in answer.content.decode()


def test_form__new_environment__takes_what_was_not_filled_in_from_the_template(root, environment):
    Organisation.objects.update(environment_defaults={"stage": "test", "shared_port": 8081})

    answer = root.post(
        reverse("admin:tenants_environment_add"),
        {
            "organisation": environment.organisation_id, "name": "staging", "stage": "development",
            "order": 0, "service_label": "app", "version_label": "version", "shared_port": 0,
        },
    )  # fmt: skip

    assert answer.status_code == 302
    made = Environment.objects.get(name="staging")
    assert (made.stage, made.shared_port) == ("test", 8081)


def test_deletions__list__says_how_far_each_is(root, environment):
    deletion_in(environment)
    deletion_in(
        environment, environment="next", finished_at=None, step="rows", done=3, total=9,
        waits_for="a database",
    )  # fmt: skip

    told = root.get(reverse("admin:tenants_deletion_changelist")).content.decode()

    assert "acme/old" in told
    assert "rows 3/9" in told
    assert "a database" in told


def test_usage_words__with_and_without_limits__are_lines(environment):
    environment.organisation.most_gateways = 5

    assert usage_words(environment.organisation) == (
        "1 environment, no limit<br>0 gateways of 5<br>0 releases at once, no limit"
    )


def test_life_links__of_an_organisation__has_no_clone(environment):
    assert "Clone" not in life_links(environment.organisation)
    assert "Clone" in life_links(environment)
