"""``discover.stack.N`` and ``discover.idle.stack.N``: pods from a real API server into a real database."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from django.core.management import call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext

from gateways.models import Instance
from gateways.services.discovery import reconcile
from tests.bench.cluster import administrator, fill, namespace, scheduler_of
from tests.bench.measurement import Measurement, Target, rounded
from tests.bench.rows import new_environment
from tests.bench.running import Tell, timed_ms
from vamp.drivers.scheduler.kubernetes.resources import PODS

ROUNDS = 5
MOST_LOOKS = 10
TARGET_MS = 10_000.0


def measure(count: int, tell: Tell) -> Measurement:
    """List and write into a new environment each round; beside it, the listing's JSON alone."""
    call_command("migrate", verbosity=0, interactive=False)
    api = administrator()
    samples, floors, is_right = [], [], True
    with namespace(api) as name:
        fill(api, name, count, tell)
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            environment, scheduler = new_environment(), scheduler_of(name)
            samples.append(timed_ms(lambda: reconcile(environment, scheduler.snapshot())))  # noqa: B023 called here
            floors.append(timed_ms(lambda: api.list(PODS, name)))
            found = Instance.objects.in_environment(environment).filter(is_ready=True).count()
            is_right = is_right and found == count
    return Measurement(samples, "ms", floors, Target(TARGET_MS), is_right)


def measure_idle(count: int, tell: Tell) -> Measurement:
    """List and compare again and again; right means that nothing was written where nothing changed.

    A cluster that has just been filled may still change a pod: then it is looked at once more.
    ``one_changed_ms`` is what a watch pays for one pod among them, from the view to the rows.
    """
    call_command("migrate", verbosity=0, interactive=False)
    api = administrator()
    samples, floors = [], []
    with namespace(api) as name:
        fill(api, name, count, tell)
        environment, scheduler = new_environment(), scheduler_of(name)
        seen = scheduler.snapshot()
        reconcile(environment, seen)
        looks, before, writes = 0, None, 0
        while looks < MOST_LOOKS and (
            before is None or replace(before, cursor=seen.cursor) != seen
        ):
            looks += 1
            before, seen = seen, scheduler.snapshot()
            with CaptureQueriesContext(connections[environment.database]) as queries:
                reconcile(environment, seen)
            writes = sum(not query["sql"].startswith("SELECT") for query in queries)
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            samples.append(timed_ms(lambda: reconcile(environment, scheduler.snapshot())))
            floors.append(timed_ms(lambda: api.list(PODS, name)))
        changed = []
        for number in range(ROUNDS):
            instances = list(seen.instances)
            turned = replace(instances[number], is_ready=not instances[number].is_ready)
            instances[number] = turned
            after = replace(seen, instances=tuple(instances))
            changed.append(timed_ms(lambda: reconcile(environment, after, since=seen)))  # noqa: B023 called here
            seen = after
    more = {"writes": writes, "looks": looks, "one_changed_ms": rounded(median(changed))}
    return Measurement(samples, "ms", floors, is_right=not writes, more=more)
