"""An installation that moves its stores while a release runs in it, under load that does not retry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from gateways.management.booting import ENVIRONMENT, Booted
from gateways.management.sites import Site
from tests.chaos import documents
from tests.chaos.lost import events, lost
from tests.chaos.person import Answers, Person
from tests.chaos.receiver import HookReceiver
from vamp.demo.client import ApiRefused, ApiUnreachable, VampApi
from vamp.demo.documents import GATEWAY, HOST, SERVICE, DemoVersion
from vamp.demo.ledger import Ledger
from vamp.demo.traffic import Load, Traffic
from vamp.demo.workloads import LocalWorkloads

WAIT_S = 90.0
IN_USE = ("following", "done")
OLD, NEW = "1.0.0", "1.1.0"


def patient_policy(hook_url: str, successes: int) -> str:
    """The policy of `tests.chaos`, with steps that go on for some `successes` seconds each."""
    told = json.loads(documents.policy(hook_url))
    return json.dumps({**told, "successes": successes})


ADMINISTRATOR = """
from tenants.services.people import create_user
from tenants.services.tokens import create_token
user = create_user("root", "correct horse battery", actor="tests")
print(create_token("live", actor="tests", user=user)[1])
"""


def as_platform_administrator(vamp: Booted, site: Site) -> Booted:
    """Return the same, asked with a token of somebody who may say where stores are."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("VAMP_")}
    own = {"VAMP_STATE_DIR": str(vamp.folder), "DJANGO_SETTINGS_MODULE": "vamp.settings"}
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", ADMINISTRATOR],
        env=plain | dict(site.variables) | own, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return replace(vamp, token=told.stdout.split()[-1])


def await_that(what: str, is_so: Callable[[], object], within_s: float = WAIT_S) -> None:
    """Wait; an API that does not answer meanwhile is asked again."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if is_so():
                return
        except (ApiUnreachable, ApiRefused, requests.RequestException):
            pass  # an environment's writes are held for a moment while it moves
        assert time.monotonic() < deadline, f"waited {within_s:.0f} s for {what}"
        time.sleep(0.1)


@dataclass
class Moving:
    """The installation with its gateway, its traffic and its release.

    Attributes:
        ledger: every request that was sent.
        seen: how the release was as each move came into use.
        number: of the release.
        told: what was last said of a move: shown where it does not go on.
    """

    vamp: Booted
    hooks: HookReceiver
    ledger: Ledger = field(default_factory=Ledger)
    seen: list[str] = field(default_factory=list)
    number: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vamp = self.vamp
        self._api = VampApi(vamp.api_url, vamp.token, vamp.organisation, ENVIRONMENT)
        self._workloads = LocalWorkloads(vamp.services)
        self._agents = [(address, vamp.shared_port) for address in vamp.addresses]

    def set_up(self, *, successes: int) -> None:
        """Bring the first version behind the gateway, live on every agent."""
        self._workloads.run([DemoVersion(OLD)])
        await_that("two instances", lambda: self._api.ready_instances(SERVICE).get(OLD, 0) >= 2)
        self._api.put_policy(documents.POLICY, patient_policy(self.hooks.url, successes))
        self._api.put_gateway(GATEWAY, documents.GATEWAY_DOCUMENT)
        route = f"{SERVICE}-{OLD}"
        await_that("its route", lambda: route in {r.name for r in self._told().routes})
        self._api.set_weights(GATEWAY, {route: 10_000})
        await_that("it to be live", self.is_live)

    def begin_release(self) -> None:
        """Let the next version appear, and wait for its first split."""
        self._workloads.run([DemoVersion(OLD), DemoVersion(NEW)])
        await_that("a release", lambda: NEW in self._api.release_numbers(GATEWAY))
        self.number = dict(self._api.release_numbers(GATEWAY))[NEW]
        await_that("its first split", lambda: self._release().live_at)

    def move(self, *, secrets: Mapping[str, str] | None = None, **stores: str) -> None:
        """Move stores, all at once, finish each move, and wait until all are over.

        Args:
            secrets: kind → what opens the store.
            stores: kind → where to; empty for back to the installation's.
        """
        places = {
            kind: self._begin(kind, to, (secrets or {}).get(kind, ""))
            for kind, to in stores.items()
        }
        for kind, place in places.items():
            what = f"the move of {kind} to {stores[kind] or 'the installation'}"
            await_that(f"{what} to be in use", lambda: self._state(place) in IN_USE)  # noqa: B023
        self.seen.append(self._release().status)
        await_that("everything to be live by the new stores", self.is_live)
        for kind, place in places.items():
            if self._state(place) == "following":
                await_that(f"the end of {kind}", lambda: self._finish(place))  # noqa: B023
            await_that(f"{kind} to be over", lambda: self._state(place) == "done")  # noqa: B023

    def _begin(self, kind: str, to: str, secret: str) -> str:
        """Ask for a move; return where it is told."""
        answers: list[requests.Response] = []
        body = {"kind": kind, "to": to, **({"secret": secret} if secret else {})}

        def is_begun() -> bool:
            answers.append(self.vamp.call("POST", "storage/moves", json=body))
            assert answers[-1].ok or answers[-1].status_code == 503, answers[-1].text
            return answers[-1].ok

        await_that(f"the move of {kind} to begin", is_begun)
        return f"storage/moves/{answers[-1].json()['id']}"

    def _finish(self, place: str) -> bool:
        return self.vamp.call("POST", f"{place}/finish").ok

    def _state(self, place: str) -> str:
        told: Mapping[str, Any] = self.vamp.call("GET", place).json()
        assert told.get("state") not in ("failed", "cancelled"), told
        self.told = told
        return str(told.get("state"))

    @contextmanager
    def under_load(self) -> Iterator[Answers]:
        """Send traffic, and have somebody write and read, within the block."""
        load = Load(clients=12, rate=100, is_balanced=True)
        traffic, person = Traffic(self._agents, HOST, self.ledger, load), Person(self.vamp, "moved")
        traffic.start()
        person.start()
        try:
            yield person.answers
        finally:
            person.stop()
            traffic.stop()

    def await_end(self) -> None:
        """Wait for the release's end, and for everything to be live."""
        await_that("the release's end", lambda: self._release().is_over)
        await_that("it to be live", self.is_live)

    def verify(self, answers: Answers) -> None:
        """Assert that nothing failed, and nothing was lost."""
        failed = [each for each in self.ledger.records() if each.failure or each.status >= 500]
        assert failed == [], (
            f"{len(failed)} of {len(self.ledger.records())}: {failed[:3]} {failed[-1:]}"
        )
        assert len(self.ledger.records()) > 500
        assert self._release().status == "succeeded"
        await_that("the hook of its end", lambda: self.hooks.bodies)
        assert len(self.hooks.bodies) == 1
        assert len(answers.accepted) > 3
        assert (answers.wrong, answers.silent) == (0, 0)
        await_that("every event", lambda: self._missing(answers).events == 0)
        assert self._missing(answers).total == 0
        ends = [each for each in events(self.vamp) if each["subject"].endswith("release.finished")]
        assert len(ends) == 1

    def _missing(self, answers: Answers) -> Any:
        return lost(self.vamp, answers.accepted, hooks_missing=0)

    def is_live(self) -> bool:
        told = self._told()
        return told.is_live and told.agents >= len(self._agents)

    def _told(self) -> Any:
        return self._api.gateway(GATEWAY)

    def _release(self) -> Any:
        return self._api.release(GATEWAY, self.number)
