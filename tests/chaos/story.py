"""The run: an installation under load, a release in progress, a fault in its middle; once a fault."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import requests
from rich.console import Console

from gateways.management.booting import ENVIRONMENT, Booted, booted
from gateways.management.nodes import node_of
from gateways.management.stack_site import stack_site
from tests.chaos import documents
from tests.chaos.faults import Fault, faults_of
from tests.chaos.lost import lost
from tests.chaos.outcome import Outcome, print_table
from tests.chaos.person import Person
from tests.chaos.receiver import HookReceiver, hook_receiver
from vamp.demo.client import ApiRefused, ApiUnreachable, VampApi
from vamp.demo.documents import GATEWAY, HOST, SERVICE, DemoVersion
from vamp.demo.ledger import Ledger
from vamp.demo.release import Release
from vamp.demo.traffic import Load, Traffic
from vamp.demo.workloads import Workloads
from vamp.errors import VampError

BEGIN_LIMIT_S = 120.0
RELEASE_LIMIT_S = 240.0
CATCH_UP_LIMIT_S = 180.0
LOOK_EVERY_S = 0.2
CUT_WITHIN_S = 0.5
"""Of the time at which a HAProxy is killed: what was sent until then may be on its way through it."""


def run(folder: Path, *, only: str, lasts_s: float) -> int:
    """Boot, make the faults happen one after the other, print the table.

    Args:
        folder: for the installation's state.
        only: only faults that have this in their name.
        lasts_s: how long servers are away.
    """
    console = Console()
    outcomes: list[Outcome] = []
    try:
        with (
            hook_receiver() as hooks,
            stack_site(folder) as place,
            node_of(place.site, folder),
            booted(folder / "up", site=place.site) as vamp,
        ):
            story = _Story(vamp, place.workloads, hooks)
            story.set_up()
            wanted = [fault for fault in faults_of(vamp) if only in fault.name]
            outcomes.extend(story.play(fault, console, lasts_s) for fault in wanted)
    except VampError as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    finally:
        print_table(console, outcomes)  # what is known, also where the run could not go on
    well = bool(outcomes) and all(each.is_well for each in outcomes)
    console.print("PASS" if well else "FAIL")
    return 0 if well else 1


class _Story:
    def __init__(self, vamp: Booted, workloads: Workloads, hooks: HookReceiver) -> None:
        self._vamp = vamp
        self._workloads = workloads
        self._hooks = hooks
        self._api = VampApi(vamp.api_url, vamp.token, vamp.organisation, ENVIRONMENT)
        self._agents = [(address, vamp.shared_port) for address in vamp.addresses]
        self._version = "1.0.0"
        self._releases = 0
        self._accepted: list[str] = []

    def set_up(self) -> None:
        """Bring the first version behind the gateway, live on every agent."""
        self._workloads.run([DemoVersion(self._version)])
        _until("two instances", lambda: self._ready(self._version), BEGIN_LIMIT_S)
        self._api.put_policy(documents.POLICY, documents.policy(self._hooks.url))
        self._api.put_gateway(GATEWAY, documents.GATEWAY_DOCUMENT)
        route = f"{SERVICE}-{self._version}"
        _until("its route", lambda: self._has_route(route), BEGIN_LIMIT_S)
        self._api.set_weights(GATEWAY, {route: 10_000})
        _until("it to be live", self._is_live, BEGIN_LIMIT_S)

    def play(self, fault: Fault, console: Console, lasts_s: float) -> Outcome:
        """Let `fault` happen in the middle of a release."""
        console.print(f"· {fault.name} …")
        ledger, person = Ledger(), Person(self._vamp, fault.name)
        traffic = Traffic(self._agents, HOST, ledger, Load(clients=12, rate=100, is_balanced=True))
        traffic.start()
        person.start()
        try:
            number = self._begin_release()
            begun_at = time.time()
            fault.begin()
            try:
                if fault.lasts:
                    time.sleep(lasts_s)
            finally:
                fault.end()
            ended_at = time.monotonic()
            status = self._await_end(number)
            answers = person.stop()
            caught_up_s = self._caught_up(ended_at)
        finally:
            traffic.stop()
        self._accepted += answers.accepted
        failed = [each for each in ledger.records() if each.failure or each.status >= 500]
        cut = [
            each
            for each in failed
            if fault.cuts
            and each.agent.startswith(f"{fault.cuts}:")
            and each.sent_at <= begun_at + CUT_WITHIN_S
        ]
        return Outcome(
            fault=fault.name,
            requests=len(ledger.records()),
            failed=len(failed) - len(cut),
            cut=len(cut),
            answers=answers,
            release=status,
            caught_up_s=caught_up_s,
            lost=lost(self._vamp, self._accepted, hooks_missing=self._missing_hooks()),
        )

    def _begin_release(self) -> int:
        """Let the next version appear; return the number of the release that begins by itself."""
        before = self._version
        self._version = f"1.{int(before.split('.')[1]) + 1}.0"
        self._workloads.run([DemoVersion(before), DemoVersion(self._version)])
        _until("a release", lambda: self._version in self._numbers(), BEGIN_LIMIT_S)
        number = self._numbers()[self._version]
        _until("its first split", lambda: self._release(number).live_at, BEGIN_LIMIT_S)
        self._releases += 1
        return number

    def _await_end(self, number: int) -> str:
        try:
            _until("its end", lambda: self._release(number).is_over, RELEASE_LIMIT_S)
        except TimeoutError:
            return f"{self._release(number).status} after {RELEASE_LIMIT_S:.0f} s"
        return self._release(number).status

    def _caught_up(self, since: float) -> float | None:
        try:
            _until("every change to be live", self._is_live, CATCH_UP_LIMIT_S)
        except TimeoutError:
            return None
        return time.monotonic() - since

    def _missing_hooks(self) -> int:
        try:
            _until("hooks", lambda: len(self._hooks.bodies) >= self._releases, 30.0)
        except TimeoutError:
            return self._releases - len(self._hooks.bodies)
        return 0

    def _ready(self, version: str) -> bool:
        return self._api.ready_instances(SERVICE).get(version, 0) >= 2

    def _has_route(self, name: str) -> bool:
        return any(route.name == name for route in self._api.gateway(GATEWAY).routes)

    def _is_live(self) -> bool:
        told = self._api.gateway(GATEWAY)
        return told.is_live and told.agents >= len(self._agents)

    def _numbers(self) -> dict[str, int]:
        return dict(self._api.release_numbers(GATEWAY))

    def _release(self, number: int) -> Release:
        return self._api.release(GATEWAY, number)


def _until(what: str, is_so: Callable[[], object], limit_s: float) -> None:
    """Wait; an API that does not answer meanwhile is asked again.

    Raises:
        TimeoutError: it did not come about.
    """
    deadline = time.monotonic() + limit_s
    while True:
        try:
            if is_so():
                return
        except (ApiUnreachable, ApiRefused, requests.RequestException):
            pass  # the fault may be the API's
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {limit_s:.0f} s for {what}")
        time.sleep(LOOK_EVERY_S)
