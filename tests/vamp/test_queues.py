from __future__ import annotations

import pytest

from vamp import celery, queues


def test_queues__by_their_names__sort_as_they_are_to_be_looked_into():
    assert sorted(queues.ALL) == list(queues.ALL)


def test_routes__every_task_that_they_name__is_one_of_ours():
    celery.app.loader.import_default_modules()

    assert queues.ROUTES.keys() <= celery.app.tasks.keys()
    assert {route["queue"] for route in queues.ROUTES.values()} <= {*queues.ALL}


def test_tasks__from_a_change_to_traffic__wait_behind_nothing_else():
    router = celery.app.amqp.router

    assert router.route({}, "gateways.publish")["queue"].name == queues.LIVE
    assert router.route({}, "policies.tick")["queue"].name == queues.REGULAR
    assert router.route({}, "policies.deliver_hooks")["queue"].name == queues.SLOW


@pytest.mark.parametrize(
    ("words", "names"),
    [("live", ("vamp.live",)), ("slow, live", ("vamp.live", "vamp.slow"))],
)
def test_named__short_names__are_our_queues_the_most_urgent_first(words, names):
    assert queues.named(words) == names


@pytest.mark.parametrize("words", ["fast", "live,fast", ""])
def test_named__unknown__lists_ours(words):
    with pytest.raises(ValueError, match="ours: live, regular, slow"):
        queues.named(words)


def test_process_name__of_all_or_some__tells_workers_apart():
    assert queues.process_name(queues.ALL) == "worker"
    assert queues.process_name(queues.named("regular,slow")) == "worker-regular-slow"
