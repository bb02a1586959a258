from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import tasks
from tenants.connections import installation_kv, lines_for, metrics_for
from tenants.models import Environment, SetupRun
from tenants.services.archiving import archive_environment
from tenants.services.deletion import delete_environment, delete_organisation
from tenants.services.setup.running import request_setup, run_of
from tests.conftest import DATABASES
from tests.factories import environment_in
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.models.rollup import RollupRow
from vamp.ports.lines import LineFilter, RawLine
from vamp.ports.metrics import HISTOGRAM_SIZE, STATUS_CLASSES, Rollup, Window

pytestmark = pytest.mark.django_db(databases=DATABASES)


def rollup(age):
    return Rollup(
        id=f"vga-1/b1/{age}",
        agent="vga-1",
        gateway="shop",
        route="shop-1.0.0",
        service="shop",
        version="1.0.0",
        start=timezone.now() - age,
        seconds=5.0,
        count=1,
        statuses=(1,) + (0,) * (len(STATUS_CLASSES) - 1),
        errors=0,
        bytes_out=1,
        latency_sum_ms=1.0,
        latency_histogram=(1,) + (0,) * (HISTOGRAM_SIZE - 1),
    )


def test_mirror__lost_in_a_crash__is_there_again():
    environment = environment_in("dedicated")
    environment_in("default", organisation="globex")
    Environment.objects.using("dedicated")._raw_delete("dedicated")

    tasks.mirror()

    assert Environment.objects.using("dedicated").get() == environment


def test_prune_traffic__older_than_it_is_kept__goes_and_the_rest_stays(settings):
    days = settings.VAMP.rollup_retention_days
    environments = [environment_in("dedicated"), environment_in(organisation="globex")]
    for environment in environments:
        metrics_for(environment).write(
            [rollup(timedelta(days=days, hours=1)), rollup(timedelta(days=days, hours=-1))]
        )

    tasks.prune_traffic()

    for environment in environments:
        row = RollupRow.objects.using(environment.database).get()
        assert timezone.now() - row.start < timedelta(days=days)


@pytest.mark.stack
def test_prune_traffic__on_elasticsearch__rollups_and_lines_have_their_own_time(settings):
    with Space.of_its_own() as space:
        environment = environment_in("dedicated", metrics_url=space.url)
        now = timezone.now()
        days = (settings.VAMP.rollup_retention_days, settings.VAMP.lines_retention_days)
        metrics, lines = metrics_for(environment), lines_for(environment)
        assert lines is not None
        for hours in (1, -1):
            metrics.write([rollup(timedelta(days=days[0], hours=hours))])
            at_ms = int((now - timedelta(days=days[1], hours=hours)).timestamp() * 1000)
            lines.write(
                [RawLine(at_ms, b"a/b/%d" % at_ms, b'{"at":%d,"gateways":["shop"]}' % at_ms)]
            )

        tasks.prune_traffic()

        begun = now - timedelta(days=40)
        (left,) = metrics.traffic([Window("shop", begun, now)])
        assert left.count == 1
        assert len(lines.latest(LineFilter("shop", begun, now), limit=9)) == 1


def test_continue_deletions__two_go_on__each_is_asked_for_environments_first(monkeypatch):
    environment = environment_in("dedicated")
    of_all = delete_organisation(environment.organisation, confirm="acme", actor="root")
    of_one = delete_environment(environment, confirm="production", actor="root")
    asked = []
    monkeypatch.setattr(tasks.continue_deletion, "delay", asked.append)

    tasks.continue_deletions()

    assert asked == [of_one.pk, of_all.pk]


def test_continue_deletion_of__its_row__is_deleted():
    environment = environment_in("dedicated")
    delete_environment(environment, confirm="production", actor="root")

    tasks.continue_deletion_of(f"environment/{environment.pk}")
    tasks.continue_deletion_of(f"environment/{environment.pk}")

    assert not Environment.objects.exists()


def test_publish_configurations__archived_or_on_its_way_out__is_left_alone():
    environment = environment_in("default")
    archive_environment(environment_in("default", organisation="globex"), actor="root")
    delete_environment(environment, confirm="production", actor="root")

    tasks.publish_configurations()

    assert installation_kv().keys("acme/production") == []
    assert installation_kv().keys("globex/production") == []


def test_set_up__run_that_was_asked_for__is_done_once(environment):
    run = request_setup(environment, actor="tests")

    tasks.set_up(environment.pk, run.number)
    tasks.set_up(environment.pk, run.number)
    tasks.set_up(0, 1)  # an environment that went meanwhile

    assert run_of(environment).ended_at is not None


def test_set_up_waiting__whose_message_was_lost__is_queued_again(environment, monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.set_up, "delay", lambda *run: queued.append(run))
    run = request_setup(environment, actor="tests")
    SetupRun.objects.update(asked_at=timezone.now() - timedelta(minutes=1))

    tasks.set_up_waiting()

    assert queued == [(environment.pk, run.number)]
