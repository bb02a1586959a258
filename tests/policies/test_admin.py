"""Lists of policies and releases, in words."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from policies.admin import STATUS_COLOURS, VERDICT_COLOURS, VERDICT_WORDS
from policies.domain.state import Phase
from policies.domain.verdict import Verdict
from policies.models import Evaluation, HookDelivery, PolicyVersion, Release, ReleasePolicy
from tenants.pages.page import address
from tests.factories import (
    EvaluationFactory,
    HookDeliveryFactory,
    PolicyFactory,
    PolicyVersionFactory,
    ReleaseFactory,
)

SITE = admin.site._registry


@pytest.fixture
def release(environment, person, client):
    """A release, looked at by somebody of its organisation."""
    client.force_login(person)
    return ReleaseFactory.create(environment=environment)


def change(model, row):
    return reverse(f"admin:policies_{model._meta.model_name}_change", args=[row.pk])


def test_words__every_phase_and_verdict__is_known():
    assert set(VERDICT_WORDS) == set(Verdict)
    assert set(VERDICT_WORDS.values()) == set(VERDICT_COLOURS)
    assert set(STATUS_COLOURS) == {phase.words for phase in Phase} - {Phase.ABORTED.words}


def test_release__in_the_list__is_told_in_words(release):
    shown = SITE[Release]
    release.status, release.source_version = "waiting_for_approval", ""

    assert shown.release_cell(release) == "shop #1"
    assert shown.versions(release) == "shop-1.0.0 → 1.1.0"
    assert shown.status_cell(release) == "waiting for approval"
    assert shown.ended(release) == "–"


def test_release__opened__leads_to_its_page(release, environment, client):
    answer = client.get(change(Release, release))

    assert answer["Location"] == address("release", environment, "shop", 1)


def test_release__of_another_tenant__is_not_there(other_environment, release, client):
    first = ReleaseFactory.create(environment=other_environment, active=None)
    theirs = ReleaseFactory.create(
        pk=max(release.pk, first.pk) + 1,  # no key of ours: the other database counts by itself
        environment=other_environment,
        gateway=first.gateway,
        policy_version=first.policy_version,
        number=2,
    )

    assert client.get(change(Release, theirs)).status_code == 404


def test_policies__with_releases_of_two_versions__counts_them(release, environment, client):
    policy = release.policy_version.policy
    PolicyVersionFactory.create(environment=environment, policy=policy, number=2)
    PolicyFactory.create(environment=environment, name="unused")

    answer = client.get(reverse("admin:policies_releasepolicy_changelist"))

    rows = answer.context_data["cl"].result_list
    counted = {row.name: SITE[ReleasePolicy].releases_cell(row) for row in rows}
    assert counted == {"canary": 1, "unused": 0}


def test_policies__add__leads_to_the_editor(release, environment, client):
    answer = client.get(reverse("admin:policies_releasepolicy_add"))

    assert answer["Location"] == address("policy-new", environment)


def test_policies__add_without_an_environment__is_refused(platform_administrator, client):
    client.force_login(platform_administrator)

    assert client.get(reverse("admin:policies_releasepolicy_add")).status_code in (403, 404)


def test_versions__list__opens(release, client):
    page = client.get(reverse("admin:policies_policyversion_changelist")).content.decode()

    assert str(release.policy_version.policy) in page
    assert SITE[PolicyVersion].made(release.policy_version).startswith("<time")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"value": 0.0123, "baseline": 0.05}, ("1.23%", "5%")),
        ({"metric": "latency_p95", "value": 182.0, "baseline": None}, ("182 ms", "–")),
        ({"value": None, "baseline": None}, ("–", "–")),
        ({"value": 0.0}, ("0%", "5%")),
    ],
)
def test_evaluation__its_numbers__have_their_unit(release, environment, fields, shown):
    row = EvaluationFactory.create(environment=environment, release=release, **fields)

    cells = SITE[Evaluation]
    assert (cells.value_cell(row), cells.limit_cell(row)) == shown
    assert cells.verdict_cell(row) == "holds"
    assert cells.release_cell(row) == "shop #1"


def test_hook__opened__shows_no_secret(release, environment, client):
    row = HookDeliveryFactory.create(environment=environment, release=release)

    page = client.get(change(HookDelivery, row)).content.decode()

    assert "http://ci.example.test/hook" in page
    assert "hunter2" not in page
