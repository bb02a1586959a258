from __future__ import annotations

import pytest

from vamp import celery


@pytest.fixture
def former_configuration(settings):
    yield
    celery.configure(settings.CELERY_BROKER_URL)


def test_schedule__every_entry__names_a_task_of_ours():
    celery.app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in celery.app.conf.beat_schedule.values()}

    assert scheduled <= set(celery.app.tasks)
    assert {"gateways.publish_stale", "policies.tick", "vamp.prune"} <= scheduled


def test_schedule__sweeps__expire_so_that_a_stopped_worker_finds_no_heap(settings):
    entries = celery.app.conf.beat_schedule.values()

    frequent = [entry for entry in entries if entry["schedule"] < celery.HOUR_S]
    assert all(entry["options"]["expires"] == 2 * entry["schedule"] for entry in frequent)
    by_task = {entry["task"]: entry["schedule"] for entry in entries}
    assert by_task["gateways.publish_stale"] == settings.VAMP.sweep_s
    assert by_task["policies.tick"] == settings.VAMP.tick_s


def test_tasks__of_ours__keep_no_results_and_are_done_again_after_a_crash():
    celery.app.loader.import_default_modules()
    ours = [task for name, task in celery.app.tasks.items() if not name.startswith("celery.")]

    assert ours
    assert all(task.ignore_result for task in ours)
    assert celery.app.conf.task_acks_late
    assert celery.app.conf.worker_prefetch_multiplier == 1


def test_configure__embedded_broker__makes_its_folders(tmp_path, former_configuration):
    celery.configure(f"filesystem://{tmp_path}/broker")

    options = celery.app.conf.broker_transport_options
    assert celery.app.conf.broker_transport == "vamp.broker:Transport"
    assert options["data_folder_in"] == options["data_folder_out"]
    assert sorted(path.name for path in (tmp_path / "broker").iterdir()) == ["control", "queue"]
    assert not celery.app.conf.worker_hijack_root_logger


def test_configure__another_broker__is_given_to_celery_as_it_is(former_configuration):
    celery.configure("amqp://broker.example.test//")

    assert celery.app.conf.broker_url == "amqp://broker.example.test//"
