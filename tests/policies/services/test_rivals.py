"""Releases and hooks between workers that do the same at the same time."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from gateways.models import Route
from policies.documents.read import policy_from_value
from policies.domain.intervention import Action, Intervention
from policies.models import Decision, HookDelivery, PolicyVersion, Release
from policies.services.documents import put_policy
from policies.services.hooks import deliver_due
from policies.services.releases import intervene_in, start_release
from policies.services.ticking import tick
from tests.conftest import DATABASES
from tests.factories import HookDeliveryFactory, gateway_with
from tests.policies.services.test_ticking import POLICY
from tests.rivals import Rival
from vamp.errors import Conflict

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True, databases=DATABASES)]

MANY = 4


@pytest.fixture
def gateway(environment):
    put_policy(environment, policy_from_value(POLICY).document, actor="ana")
    return gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, policy="canary")


def race(work):
    """Let several threads do `work(number)` at once; return results and conflicts."""
    start = threading.Barrier(MANY)

    def one(number):
        start.wait(30)
        try:
            return work(number)
        except Conflict as error:
            return error

    rivals = [Rival(lambda number=number: one(number)) for number in range(MANY)]
    return [rival.outcome() for rival in rivals]


def test_start_release__many_at_once__one_is_started(environment, gateway):
    found = race(lambda number: start_release(gateway, target="shop-1.1.0", actor=f"p{number}"))

    assert sorted(isinstance(each, Conflict) for each in found) == [False] + [True] * (MANY - 1)
    assert Release.objects.in_environment(environment).count() == 1
    routes = Route.objects.in_environment(environment)
    assert dict(routes.values_list("version", "weight")) == {"1.0.0": 9_000, "1.1.0": 1_000}


def test_tick__many_workers_at_once__each_decision_is_kept_once(environment, gateway):
    start_release(gateway, target="shop-1.1.0", actor="ana")
    before = Decision.objects.in_environment(environment).count()
    release = Release.objects.in_environment(environment).get()
    Route.objects.in_environment(environment).filter(name="shop-1.1.0").delete()

    race(lambda number: tick(environment, timezone.now()))

    after = Release.objects.in_environment(environment).get()
    told = list(Decision.objects.in_environment(environment).values_list("sentence", flat=True))
    assert after.state_version > release.state_version
    assert after.active is None
    assert len(told) == len(set(told)) > before


def test_intervene__many_pause_at_once__is_logged_once(environment, gateway):
    release = start_release(gateway, target="shop-1.1.0", actor="ana")

    race(lambda number: intervene_in(release, Intervention(Action.PAUSE, f"p{number}", "look")))

    paused = Decision.objects.in_environment(environment).filter(status="paused")
    assert paused.count() == 1


def test_put_policy__many_versions_at_once__each_number_once(environment, gateway):
    def change(number):
        value = POLICY | {"title": f"the {number}th"}
        return put_policy(environment, policy_from_value(value).document, actor=f"p{number}")[0]

    found = race(change)

    numbers = PolicyVersion.objects.in_environment(environment).values_list("number", flat=True)
    changed = [each for each in found if not isinstance(each, Conflict)]
    assert changed
    assert sorted(numbers) == list(range(1, len(changed) + 2))


class _Hook(BaseHTTPRequestHandler):
    calls: list[str] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append(self.headers["Vamp-Delivery"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def hook():
    _Hook.calls = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_deliver_due__many_workers_at_once__each_call_is_made_once(environment, hook):
    request = {"method": "POST", "headers": {}, "timeout_s": 5, "attempts": 2, "body": {}}
    first = HookDeliveryFactory.create(
        environment=environment, key="0", url=hook, request=request, next_at=timezone.now()
    )
    for number in range(1, 10):
        HookDeliveryFactory.create(
            environment=environment, release=first.release, key=str(number), url=hook,
            request=request, next_at=timezone.now(),
        )  # fmt: skip

    made = race(lambda number: deliver_due(environment))

    assert sum(made) == 10
    assert sorted(set(_Hook.calls)) == sorted(_Hook.calls)
    assert len(_Hook.calls) == 10
    assert not HookDelivery.objects.in_environment(environment).exclude(next_at=None).exists()
