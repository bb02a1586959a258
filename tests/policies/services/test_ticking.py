from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateways.models import Route
from policies.documents.read import policy_from_value
from policies.domain.reading import WindowRequest
from policies.models import Decision, Evaluation, HookDelivery, Release
from policies.services.documents import put_policy
from policies.services.releases import start_release
from policies.services.ticking import coverage_of, tick
from tests.factories import AgentFactory, gateway_with
from tests.policies.services.running import SaidTraffic, serve
from vamp.models import AuditEntry, OutboxEvent
from vamp.ports.errors import PortUnavailable

POLICY = {
    "kind": "ReleasePolicy",
    "name": "canary",
    "window": "10s",
    "minimumSamples": 100,
    "steps": [
        {
            "target": {"weight": weight},
            "conditions": [{"metric": "error_ratio", "operator": "<=", "baseline": 0.05}],
        }
        for weight in ("10%", "50%", "100%")
    ],
    "hooks": {"onFailure": [{"url": "http://ci.example.test/failed"}]},
}
STEP = timedelta(seconds=11)


@pytest.fixture
def release(environment):
    put_policy(environment, policy_from_value(POLICY).document, actor="ana")
    gateway = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, policy="canary")
    return start_release(gateway, target="shop-1.1.0", actor="ana")


def weights(environment):
    return dict(Route.objects.in_environment(environment).values_list("version", "weight"))


def fresh(release):
    return Release.objects.in_environment(release.environment).get(pk=release.pk)


def run(environment, release, metrics, now, steps):
    for _ in range(steps):
        serve(environment, release.gateway, now)
        tick(environment, now, metrics)
        now += STEP
        serve(environment, release.gateway, now)
        tick(environment, now, metrics)
        now += timedelta(seconds=1)
    return now


def test_tick__good_numbers__walks_every_step_to_success(environment, release):
    now = run(environment, release, SaidTraffic(), timezone.now(), 3)
    serve(environment, release.gateway, now)
    tick(environment, now, SaidTraffic())

    after = fresh(release)
    assert (after.status, after.active) == ("succeeded", None)
    assert weights(environment) == {"1.0.0": 0, "1.1.0": 10_000}
    evaluations = Evaluation.objects.in_environment(environment)
    assert [evaluation.verdict for evaluation in evaluations] == ["pass"] * 3
    assert Decision.objects.in_environment(environment).count() >= 6


def test_tick__target_fails__everything_back_to_the_source_at_once_and_hook_owed(
    environment, release
):
    now = run(environment, release, SaidTraffic(), timezone.now(), 1)
    assert weights(environment)["1.1.0"] == 5_000

    run(environment, release, SaidTraffic(errors={"shop-1.1.0": 200}), now, 1)

    assert weights(environment) == {"1.0.0": 10_000, "1.1.0": 0}
    assert fresh(release).status == "rolling_back"
    assert HookDelivery.objects.in_environment(environment).get().event == "failure"
    failed = Evaluation.objects.in_environment(environment).get(verdict="fail")
    assert (failed.value, failed.baseline, failed.samples) == (0.2, 0.05, 1_000)


def test_tick__metrics_store_is_silent__nothing_is_decided_and_it_says_why(environment, release):
    class Silent:
        def traffic(self, windows):
            raise PortUnavailable("no answer from the store")

    run(environment, release, Silent(), timezone.now(), 1)

    after = fresh(release)
    assert (after.status, after.step) == ("running", 0)
    assert "no answer from the store" in " ".join(after.evidence.values())


def test_tick__no_agent_serves_the_split__no_window_begins(environment, release):
    metrics = SaidTraffic()

    tick(environment, timezone.now() + timedelta(minutes=1), metrics)

    assert metrics.asked == 0
    assert fresh(release).step == 0


def test_tick__agent_is_behind__verdict_waits_and_names_it(environment, release):
    now = timezone.now()
    serve(environment, release.gateway, now)
    tick(environment, now, SaidTraffic())
    later = now + STEP
    serve(environment, release.gateway, later)
    AgentFactory.create(environment=environment, name="vga-2", reported_at=later)

    tick(environment, later, SaidTraffic())

    after = fresh(release)
    assert after.step == 0
    assert "vga-2" in " ".join(after.evidence.values())


def test_tick__repeated_at_the_same_instant__changes_nothing(environment, release):
    now = run(environment, release, SaidTraffic(), timezone.now(), 1)
    before = fresh(release).state_version

    tick(environment, now - timedelta(seconds=1), SaidTraffic())

    assert fresh(release).state_version == before


def test_tick__target_route_is_gone__release_ends_and_says_why(environment, release):
    Route.objects.in_environment(environment).filter(version="1.1.0").delete()

    tick(environment, timezone.now(), SaidTraffic())

    after = fresh(release)
    assert (after.status, after.active) == ("aborted", None)
    assert "shop-1.1.0 is gone" in after.reason


def test_tick__every_change__is_audited_and_told(environment, release):
    run(environment, release, SaidTraffic(), timezone.now(), 1)

    verbs = AuditEntry.objects.using(environment.database).values_list("verb", flat=True)
    assert {"release.started", "release.changed", "weights.changed"} <= set(verbs)
    subjects = OutboxEvent.objects.using(environment.database).values_list("subject", flat=True)
    assert any(subject.endswith("release.changed") for subject in subjects)


def test_tick__many_releases__same_number_of_reads(environment):
    put_policy(environment, policy_from_value(POLICY).document, actor="ana")
    counts = []
    now = timezone.now()
    for size in (1, 6):
        for number in range(size):
            gateway = gateway_with(
                environment,
                {"1.0.0": 10_000, "1.1.0": 0},
                name=f"g{size}-{number}",
                policy="canary",
            )
            start_release(gateway, target="shop-1.1.0", actor="ana")
        with CaptureQueriesContext(connections[environment.database]) as queries:
            tick(environment, now, SaidTraffic())
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 5


NOW = timezone.now()


@pytest.mark.parametrize(
    ("reported", "complete", "dropped", "expected"),
    [
        (0, 5, None, (True, (), False)),
        (0, -5, None, (False, ("vga-1",), False)),
        (0, None, None, (False, ("vga-1",), False)),
        (-60, -20, None, (False, (), False)),
        (-15, -14, None, (False, (), True)),
        (-15, 5, None, (False, (), False)),
        (0, 5, -5, (True, (), True)),
        (0, 5, -50, (True, (), False)),
    ],
)
def test_coverage_of__one_agent__says_what_is_known(reported, complete, dropped, expected):
    from gateways.models import Agent

    def at(seconds):
        return None if seconds is None else NOW + timedelta(seconds=seconds)

    agent = Agent(
        name="vga-1", reported_at=at(reported), complete_until=at(complete), dropped_at=at(dropped)
    )
    window = WindowRequest(0, "errors", at(-16), at(-1))

    found = coverage_of(window, [agent], NOW)

    assert (found.is_complete, found.behind, found.has_dropped) == expected
