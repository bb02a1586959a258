from datetime import timedelta

import pytest

from gateways.documents.read import read_gateway
from gateways.models import Route, ServiceVersion
from gateways.services.definition import put_gateway
from gateways.services.discovery import reconcile
from gateways.services.weights import set_weights
from policies.documents.read import policy_from_value
from policies.domain.intervention import Action, Intervention
from policies.models import Release
from policies.pages.attention import releases_without_room
from policies.services.documents import put_policy
from policies.services.releases import intervene_in
from policies.services.starting import start_due, waiting_for_room
from policies.services.ticking import tick
from tenants.models import Environment, Organisation
from tests.factories import ReleaseFactory, environment_in
from tests.gateways.observing import snapshot
from tests.policies.services.running import SaidTraffic, serve
from tests.policies.services.test_ticking import POLICY
from vamp.documents.source import Source

GATEWAY = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": ["shop.acme.test"],
    "selector": "label(app)(shop) && label(version)((.*))",
    "policy": "canary",
    "routes": [{"service": "shop", "version": "1.0.0", "weight": "100%"}],
}


@pytest.fixture
def gateway(environment):
    put_policy(environment, policy_from_value(POLICY).document, actor="ana")
    reconcile(environment, snapshot(("shop", "1.0.0", 1)))
    long_ago = ServiceVersion.objects.in_environment(environment).get()
    long_ago.first_seen_at -= timedelta(hours=1)
    long_ago.save()
    return put_gateway(environment, read_gateway(Source.of(GATEWAY)), actor="ana").gateway


def test_start_due__new_version_is_ready__its_release_starts(environment, gateway):
    reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))

    started, skipped = start_due(environment)

    assert [(release.target_version, release.started_by) for release in started] == [
        ("1.1.0", "vamp:release-agent")
    ]
    assert skipped == []


def test_start_due__nothing_new__nothing_starts(environment, gateway):
    assert start_due(environment) == ([], [])


def test_start_due__new_version_is_not_ready__waits(environment, gateway):
    old = snapshot(("shop", "1.0.0", 1))
    unready = snapshot(("shop", "1.1.0", 1), ready=False)
    both = snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1))
    reconcile(
        environment,
        type(both)((*old.instances, *unready.instances), both.versions, both.cursor),
    )

    assert start_due(environment)[0] == []


def test_start_due__release_under_way__waits(environment, gateway):
    reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))
    start_due(environment)
    reconcile(
        environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1), ("shop", "1.2.0", 1))
    )

    assert start_due(environment)[0] == []


def test_start_due__version_was_taken_back__is_not_tried_again(environment, gateway):
    from django.utils import timezone

    reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))
    (release,), _ = start_due(environment)
    intervene_in(release, Intervention(Action.ABORT, "ana"))
    now = timezone.now()
    serve(environment, gateway, now)
    tick(environment, now, SaidTraffic())
    assert Release.objects.in_environment(environment).get().active is None

    assert start_due(environment)[0] == []


def test_start_due__older_version_still_runs__is_not_released(environment, gateway):
    reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))
    set_weights(gateway, {"shop-1.0.0": 0, "shop-1.1.0": 10_000}, actor="ana")
    Route.objects.in_environment(environment).update(is_selected=True)

    assert start_due(environment)[0] == []


def test_start_due__several_new_versions__the_highest_is_taken(environment, gateway):
    reconcile(
        environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.10.0", 1), ("shop", "1.9.0", 1))
    )

    (release,), _ = start_due(environment)

    assert release.target_version == "1.10.0"


def test_start_due__quota_of_releases_is_reached__waits_and_says_so(environment, gateway):
    reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))
    other = environment_in(environment.database, name="staging")
    running = ReleaseFactory.create(environment=other)
    Organisation.objects.update(most_releases=1)
    environment = Environment.objects.select_related("organisation").get(pk=environment.pk)

    started, skipped = start_due(environment)
    waiting, usage = waiting_for_room(environment)
    (matter,) = releases_without_room(waiting, usage)

    assert started == []
    assert "may have 1 releases at once and has 1" in skipped[0].reason
    assert matter.text.startswith("1.1.0 waits to be released on gateway shop: 1 of 1 releases")
    running.active = None
    running.save()
    assert waiting_for_room(environment) == ((), None)
    started, _ = start_due(environment)
    assert [release.target_version for release in started] == ["1.1.0"]


def test_waiting_for_room__no_quota__costs_nothing(environment, gateway, django_assert_num_queries):
    reconcile(environment, snapshot(("shop", "1.0.0", 1), ("shop", "1.1.0", 1)))

    with django_assert_num_queries(0, using=environment.database):
        assert waiting_for_room(environment) == ((), None)
