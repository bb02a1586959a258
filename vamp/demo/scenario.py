"""The story: a service, its users, a release that succeeds and one that is rolled back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from vamp.demo import documents
from vamp.demo.client import GatewayTold, VampApi
from vamp.demo.documents import (
    BROKEN,
    BROKEN_SHARE,
    FIRST,
    GATEWAY,
    GOOD,
    POLICY,
    SERVICE,
    demo_version,
)
from vamp.demo.judgement import QUIET_S, Findings
from vamp.demo.ledger import Ledger
from vamp.demo.release import Release, Seen
from vamp.demo.traffic import Traffic
from vamp.demo.view import Frame, View
from vamp.demo.waiting import Look, Waiting
from vamp.demo.wording import percent
from vamp.demo.workloads import Workloads

DISCOVERY_LIMIT_S = 30.0
LIVE_LIMIT_S = 20.0
START_LIMIT_S = 30.0
RELEASE_LIMIT_S = 90.0

FIRST_REQUESTS = 100
"""Answers that the first version gives before anything is released."""

DISTURBED_STEP = 2
"""Index of the step in which both versions have half of the traffic."""


class Scenario:
    """Plays the story once.

    Args:
        api: of the environment that it is played in.
        view: told of everything that happens.
        agents: host and port of each.
        workloads: where the versions run.
        clock_s: rising seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        api: VampApi,
        view: View,
        agents: Sequence[tuple[str, int]],
        workloads: Workloads,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._api = api
        self._view = view
        self._agents = tuple(agents)
        self._workloads = workloads
        self._disturbed = False
        self._clock_s = clock_s
        self._sleep = sleep
        self._ledger = Ledger()
        self._release: Release | None = None
        self._waiting = Waiting(each_look=self._show, clock_s=clock_s, sleep=sleep)

    def play(self) -> Findings:
        """Play it from beginning to end and return what it left behind.

        Raises:
            WaitedInVain: something did not come about in time.
            ApiRefused: Vamp refused something.
            ApiUnreachable: Vamp does not answer.
        """
        begin = self._clock_s()
        self.set_up()
        traffic = Traffic(self._agents, documents.HOST, self._ledger)
        traffic.start()
        try:
            self._let_users_in()
            good = self._released([FIRST, GOOD])
            bad = self._released([FIRST, GOOD, BROKEN])
            self._stay(QUIET_S + 1.0)
        finally:
            traffic.stop()
        return Findings(
            records=self._ledger.records(),
            good=good,
            bad=bad,
            weights=documents.STEP_WEIGHTS,
            agents=[f"{host}:{port}" for host, port in self._agents],
            duration_s=self._clock_s() - begin,
        )

    def set_up(self) -> None:
        """Start the first version behind a gateway with a policy; return once every agent serves it.

        Raises:
            WaitedInVain: something did not come about in time.
            ApiRefused: Vamp refused something.
            ApiUnreachable: Vamp does not answer.
        """
        path = f"{self._api.organisation}/{self._api.environment}"
        if self._api.ensure_environment(self._workloads.scheduler_url):
            self._view.note(f"made {path}")
        self._run_versions([FIRST])
        self._view.note(f"started {SERVICE} {FIRST}, 2 instances")
        self._waiting.until(
            f"2 ready instances of {SERVICE} {FIRST}",
            lambda: self._instances(FIRST),
            limit_s=DISCOVERY_LIMIT_S,
        )
        self._api.put_policy(POLICY, documents.POLICY_DOCUMENT)
        self._api.put_gateway(GATEWAY, documents.GATEWAY_DOCUMENT)
        self._view.note(f"made policy {POLICY} and gateway {GATEWAY} at {documents.HOST}")
        self._api.set_weights(
            GATEWAY,
            self._waiting.until(
                f"a route to {SERVICE} {FIRST}",
                lambda: self._all_to(FIRST),
                limit_s=DISCOVERY_LIMIT_S,
            ),
        )
        gateway = self._waiting.until(
            f"gateway {GATEWAY} to be live on {len(self._agents)} agents",
            self._live,
            limit_s=LIVE_LIMIT_S,
        )
        self._view.note(
            f"gateway {GATEWAY} is live on {gateway.agents} agents, 100 % to {SERVICE} {FIRST}"
        )

    def _let_users_in(self) -> None:
        self._view.note("traffic begins: keep-alive clients that do not retry")
        self._waiting.until(
            f"{FIRST_REQUESTS} answers of {SERVICE} {FIRST}", self._answers, limit_s=LIVE_LIMIT_S
        )

    def _released(self, versions: Sequence[str]) -> Seen:
        """Start the last of `versions` beside the others and watch its release to the end."""
        target = versions[-1]
        self._run_versions(versions)
        failing = f", which fails {BROKEN_SHARE:.0%} of its requests" if target == BROKEN else ""
        self._view.note(f"started {SERVICE} {target}{failing}; nobody asks for its release")
        begun = self._waiting.until(
            f"a release of {SERVICE} {target}", lambda: self._begun(target), limit_s=START_LIMIT_S
        )
        watch = _Watch(self, begun)
        return self._waiting.until(
            f"the end of release {begun.number}", watch.look, limit_s=RELEASE_LIMIT_S
        )

    def release_told(self, number: int) -> Release:
        """Return the release as the API tells it now, and note what was decided meanwhile."""
        release = self._api.release(GATEWAY, number)
        before, self._release = self._release, release
        known = before.decisions if before is not None and before.number == number else ()
        self._show()  # the verdicts first, then what was decided on them
        for decision in release.decisions[len(known) :]:
            status = decision.status.replace("_", " ")
            self._view.note(f"release {number}, {status}: {decision.sentence}")
        return release

    def _run_versions(self, versions: Sequence[str]) -> None:
        self._workloads.run([demo_version(each) for each in versions])

    def disturb_once(self, release: Release) -> None:
        """In the good release's third step, let the scheduler move what runs, under full traffic."""
        if self._disturbed or release.target != GOOD or release.step < DISTURBED_STEP:
            return
        self._disturbed = True
        if told := self._workloads.disturb([demo_version(FIRST), demo_version(GOOD)]):
            self._view.note(told)

    def _instances(self, version: str) -> Look[int]:
        ready = self._api.ready_instances(SERVICE)
        count = ready.get(version, 0)
        return Look(count if count >= 2 else None, f"{ready or 'no instance'}")

    def _all_to(self, version: str) -> Look[Mapping[str, int]]:
        """Look for the weights by which `version` gets all, and what else runs gets none."""
        weights = {
            each.name: documents.STEP_WEIGHTS[-1] if each.version == version else 0
            for each in self._api.gateway(GATEWAY).routes
        }
        return Look(
            weights if any(weights.values()) else None, f"routes: {', '.join(weights) or 'none'}"
        )

    def _live(self) -> Look[GatewayTold]:
        gateway = self._api.gateway(GATEWAY)
        has_all = gateway.is_live and gateway.agents >= len(self._agents)
        return Look(gateway if has_all else None, gateway.liveness)

    def _answers(self) -> Look[int]:
        recent = self._ledger.recent()
        if recent.failed:
            seen = next(each for each in self._ledger.records() if each.has_failed)
            kind = seen.failure or f"status {seen.status}"
            return Look(None, f"{sum(recent.failed.values())} failed of {recent.sent}: {kind}")
        enough = recent.sent >= FIRST_REQUESTS and recent.split.get(FIRST) == 1.0
        return Look(recent.sent if enough else None, f"{recent.sent} sent, split {recent.split}")

    def _begun(self, version: str) -> Look[Release]:
        numbers = self._api.release_numbers(GATEWAY)
        if version not in numbers:
            gateway = self._api.gateway(GATEWAY)
            routes = ", ".join(f"{each.name} {percent(each.weight)}" for each in gateway.routes)
            return Look(None, f"releases of {', '.join(numbers) or 'nothing'}; routes {routes}")
        return Look(self.release_told(numbers[version]), "")

    def _stay(self, seconds: float) -> None:
        end = self._clock_s() + seconds
        while self._clock_s() < end:
            self._show()
            self._sleep(0.25)

    def _show(self) -> None:
        place = f"{self._api.organisation}/{self._api.environment}"
        self._view.show(Frame(place, self._ledger.recent(), self._release))


class _Watch:
    """Follows one release and remembers what the API tells only for a while."""

    def __init__(self, scenario: Scenario, release: Release) -> None:
        self._scenario = scenario
        self._seen = Seen(release).now(release)

    def look(self) -> Look[Seen]:
        release = self._scenario.release_told(self._seen.release.number)
        self._seen = self._seen.now(release)
        self._scenario.disturb_once(release)
        told = f"{release.status} in step {release.steps[release.step].name}"
        if release.latest:
            told += f": {release.latest[-1].sentence}"
        return Look(self._seen if release.is_over else None, told)
