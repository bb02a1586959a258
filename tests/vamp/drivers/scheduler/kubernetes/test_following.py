"""Watches kept open: what they bring, how they begin again."""

from __future__ import annotations

import threading
import time

import pytest

from tests.vamp.drivers.scheduler.kubernetes.objects import pod, workload
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, event, too_old
from vamp.drivers.scheduler.kubernetes.following import Following
from vamp.drivers.scheduler.kubernetes.labels import NamingLabels
from vamp.drivers.scheduler.kubernetes.resources import FOLLOWED, PODS
from vamp.drivers.scheduler.kubernetes.view import View
from vamp.ports.errors import PortRefused, PortUnavailable

PATHS = {resource: resource.path("team") for resource in FOLLOWED}
PODS_PATH = PATHS[PODS]
PATIENCE_S = 10.0


@pytest.fixture
def quiet(server):
    """Every watch stays open and says nothing, until the test ends."""
    held = threading.Event()
    for path in PATHS.values():
        server.on("GET", f"{path}?watch", Answer(lines=[], held=held))
    yield held
    held.set()


@pytest.fixture
def view():
    return View(NamingLabels.of("app", "version"))


@pytest.fixture
def following(server, quiet, view):
    opened = Following(server.api(), "team", view, dict.fromkeys(FOLLOWED, "10"))
    yield opened
    opened.close()


def watches(server, path=PODS_PATH):
    return [each.query["resourceVersion"] for each in server.to("GET", f"{path}?watch")]


def take_until(following, holds):
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until
        following.take(0.05)


def test_take__changes_of_every_kind__are_in_the_view(server, quiet, view, following):
    for resource, path in PATHS.items():
        item = pod() if resource is PODS else workload(replicas=1)
        server.on("GET", f"{path}?watch", Answer(lines=[event("ADDED", item)], held=quiet))

    take_until(following, lambda: view.instances and view.versions[0:1])
    take_until(following, lambda: view.versions[0].desired == 3)

    assert view.instances[0].uid == "shop-1.1a2b3c4d"


def test_take__a_burst__comes_at_once(server, quiet, view, following):
    lines = [event("ADDED", pod(f"shop-{number}")) for number in range(50)]
    lines += [event("DELETED", pod("shop-0"))]
    server.on("GET", f"{PODS_PATH}?watch", Answer(lines=lines, held=quiet))

    take_until(following, lambda: len(view.instances) == 49)

    assert view.number <= 51


def test_take__stream_ends__goes_on_after_the_last_bookmark(server, quiet, view, following):
    bookmark = event("BOOKMARK", {"metadata": {"resourceVersion": "40"}})
    server.on(
        "GET",
        f"{PODS_PATH}?watch",
        Answer(lines=[event("ADDED", pod(version="12")), bookmark]),
        Answer(lines=[], held=quiet),
    )

    take_until(following, lambda: len(watches(server)) == 2)

    assert watches(server) == ["10", "40"]
    assert len(view.instances) == 1


@pytest.mark.parametrize("answer", [Answer({"message": "old"}, 410), Answer(lines=[too_old()])])
def test_take__version_forgotten__lists_that_kind_anew(server, quiet, view, following, answer):
    server.on("GET", f"{PODS_PATH}?watch", answer, Answer(lines=[], held=quiet))
    server.listing(PODS_PATH, pod("new"), version="77")

    take_until(following, lambda: len(watches(server)) == 2)

    assert watches(server) == ["10", "77"]
    assert [each.uid for each in view.instances] == ["new.1a2b3c4d"]
    assert len(server.to("GET", PODS_PATH)) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(429, PortUnavailable), (500, PortUnavailable), (403, PortRefused)]
)
def test_take__watch_refused__is_told_and_tried_again_later(
    server, quiet, view, following, status, kind
):
    server.on(
        "GET", f"{PODS_PATH}?watch", Answer({"message": "no"}, status), Answer(lines=[], held=quiet)
    )

    with pytest.raises(kind):
        take_until(following, lambda: False)
    take_until(following, lambda: len(watches(server)) == 2)

    assert watches(server) == ["10", "10"]


def test_take__stream_ends_again_and_again__is_opened_ever_more_slowly(server, quiet, following):
    server.on("GET", f"{PODS_PATH}?watch", Answer(lines=[]))

    take_until(following, lambda: len(watches(server)) == 3)

    assert following._pauses[PODS] >= 1.0


def test_close__all_watches__end_their_threads(server, quiet, following):
    take_until(following, lambda: all(watches(server, path) for path in PATHS.values()))
    before = [each for each in threading.enumerate() if each.name.startswith("watch-")]

    following.close()

    for thread in before:
        thread.join(timeout=PATIENCE_S)
    assert len(before) == len(FOLLOWED)
    assert not any(thread.is_alive() for thread in before)


def test_following__forgotten_by_everybody__ends_its_threads(server, quiet, view):
    following = Following(server.api(), "team", view, dict.fromkeys(FOLLOWED, "10"))
    take_until(following, lambda: all(watches(server, path) for path in PATHS.values()))
    before = [each for each in threading.enumerate() if each.name.startswith("watch-")]

    del following

    for thread in before:
        thread.join(timeout=PATIENCE_S)
    assert not any(thread.is_alive() for thread in before)
