"""Following a scheduler: what is written, what is noted, and how a lost one is asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from gateways.models import Instance, ServiceVersion, Synchronisation
from gateways.services.discovery import reconcile
from gateways.services.discovery.following import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    WATCH_S,
    Follower,
    note,
)
from tests.gateways.observing import snapshot
from vamp.models import Lease
from vamp.ports.errors import PortUnavailable
from vamp.ports.scheduler import Snapshot

SEEN = snapshot(("shop", "1.0.0", 1))
AGAIN = replace(SEEN, cursor="2")


class Stop(threading.Event):
    """Ends nothing early and waits for nothing: what would have been waited is kept.

    Attributes:
        waits: seconds asked for; stops by itself at the `most`-th.
    """

    def __init__(self, most: int = 1) -> None:
        super().__init__()
        self.waits: list[float | None] = []
        self.before_wait: Callable[[], None] = lambda: None
        self._most = most

    def wait(self, timeout: float | None = None) -> bool:
        self.before_wait()
        self.waits.append(timeout)
        if len(self.waits) >= self._most:
            self.set()
        return self.is_set()


class Script:
    """A scheduler that answers with what it was given, in order, and stops when all is told."""

    def __init__(
        self,
        stop: threading.Event,
        snapshots: list[Snapshot | Exception],
        watched: list[Snapshot | Exception] | None = None,
    ) -> None:
        self._stop = stop
        self._snapshots = snapshots
        self._watched = watched
        self.cursors: list[str] = []

    def snapshot(self) -> Snapshot:
        answer = self._snapshots.pop(0) if len(self._snapshots) > 1 else self._snapshots[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def watch(self, cursor: str, *, timeout_s: float) -> Iterator[Snapshot]:
        assert timeout_s == WATCH_S
        self.cursors.append(cursor)
        if self._watched is None:
            return  # as where the cursor is too old
        while self._watched:
            answer = self._watched.pop(0)
            if isinstance(answer, Exception):
                raise answer
            yield answer
        self._stop.set()

    def scale(self, service: str, version: str, instances: int) -> None:
        raise AssertionError

    def restart(self, service: str, version: str) -> None:
        raise AssertionError

    def logs(self, uid: str, *, lines: int) -> list[str]:
        raise AssertionError


def follower(environment, scheduler, stop):
    return Follower(environment, lambda: scheduler, stop)


def noted(environment):
    return Synchronisation.objects.in_environment(environment).get()


def uids(environment):
    return sorted(Instance.objects.in_environment(environment).values_list("uid", flat=True))


def test_run__snapshot_and_what_is_watched__are_written(environment):
    stop = Stop()
    more = replace(snapshot(("shop", "1.0.0", 2)), cursor="2")

    follower(environment, Script(stop, [SEEN], [more]), stop).run()

    assert uids(environment) == ["shop-1.0.0-0", "shop-1.0.0-1"]
    assert noted(environment).is_in_sync
    assert noted(environment).changed_at is not None
    assert stop.waits == []


def test_run__stopped_in_a_watch__applies_no_further_snapshot(environment):
    stop = Stop()

    def watched() -> Iterator[Snapshot]:
        stop.set()
        yield SEEN
        raise AssertionError

    script = Script(stop, [SEEN])
    script.watch = lambda cursor, *, timeout_s: watched()

    follower(environment, script, stop).run()

    assert uids(environment) == ["shop-1.0.0-0"]


def test_run__stopped_before__asks_nothing(environment):
    stop = Stop()
    stop.set()

    follower(environment, Script(stop, [AssertionError()]), stop).run()

    assert not ServiceVersion.objects.in_environment(environment).exists()


def test_run__stopped__gives_the_lease_back(environment):
    stop = Stop()

    follower(environment, Script(stop, [SEEN], []), stop).run()

    lease = Lease.objects.using(environment.database).get(name=f"discovery/{environment.pk}")
    assert lease.expires_at <= timezone.now()


def test_run__scheduler_stays_away__is_asked_ever_more_slowly(environment):
    stop = Stop(most=9)

    follower(environment, Script(stop, [PortUnavailable("no answer")]), stop).run()

    assert stop.waits[:4] == [FIRST_PAUSE_S, 1.0, 2.0, 4.0]
    assert stop.waits[-1] == LONGEST_PAUSE_S
    assert (noted(environment).is_in_sync, noted(environment).error) == (False, "no answer")


def test_run__scheduler_comes_back__is_in_sync_again(environment):
    stop = Stop(most=9)

    follower(environment, Script(stop, [PortUnavailable("gone"), SEEN], [AGAIN]), stop).run()

    assert stop.waits == [FIRST_PAUSE_S]
    assert (noted(environment).is_in_sync, noted(environment).error) == (True, "")


def test_run__watch_breaks_off__is_noted_and_rows_stay(environment):
    stop = Stop()

    follower(environment, Script(stop, [SEEN], [PortUnavailable("reset")]), stop).run()

    assert not noted(environment).is_in_sync
    assert uids(environment) == ["shop-1.0.0-0"]


def test_run__anything_else_goes_wrong__is_logged_and_tried_again(environment, caplog):
    stop = Stop(most=9)

    follower(environment, Script(stop, [RuntimeError("odd"), SEEN], [AGAIN]), stop).run()

    assert "discovery.failed" in caplog.messages
    assert stop.waits == [FIRST_PAUSE_S]
    assert uids(environment) == ["shop-1.0.0-0"]


def test_run__cursor_too_old__takes_a_new_snapshot_after_a_pause(environment):
    stop = Stop(most=2)
    script = Script(stop, [SEEN, replace(snapshot(("shop", "2", 1)), cursor="7")])

    follower(environment, script, stop).run()

    assert script.cursors == ["1", "7"]
    assert stop.waits == [FIRST_PAUSE_S, FIRST_PAUSE_S]
    assert uids(environment) == ["shop-2-0"]


def test_run__fails_in_between__opens_the_scheduler_anew(environment):
    stop = Stop(most=9)
    scripts = [Script(stop, [PortUnavailable("token ended")]), Script(stop, [SEEN], [AGAIN])]

    Follower(environment, lambda: scripts.pop(0), stop).run()

    assert scripts == []
    assert noted(environment).is_in_sync


def test_run__cannot_open_its_scheduler__says_so_and_tries_again(environment):
    stop = Stop(most=2)

    def refuse() -> Script:
        raise PortUnavailable("no key-value store")

    Follower(environment, refuse, stop).run()

    assert stop.waits == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]
    assert noted(environment).error == "no key-value store"


def test_run__watch_tells_what_is_known__asks_the_database_for_no_row(environment, monkeypatch):
    stop = Stop()
    asked = []

    def noting(*args, since=None, **kwargs):
        asked.append(since)
        return reconcile(*args, since=since, **kwargs)

    monkeypatch.setattr("gateways.services.discovery.following.reconcile", noting)

    follower(environment, Script(stop, [SEEN], [AGAIN, SEEN]), stop).run()

    assert asked == [None, SEEN, AGAIN]


def test_run__another_process_follows__waits_and_asks_nothing(environment):
    Lease.objects.using(environment.database).create(
        name=f"discovery/{environment.pk}",
        holder="another",
        expires_at=timezone.now() + timedelta(minutes=1),
    )
    stop = Stop()

    follower(environment, Script(stop, [AssertionError()]), stop).run()

    assert stop.waits == [WATCH_S]
    assert Lease.objects.using(environment.database).get(holder="another").fencing == 1


def test_run__another_followed_in_between__notes_its_state_anew(environment):
    stop = Stop(most=2)
    lease = Lease.objects.using(environment.database).filter(name=f"discovery/{environment.pk}")

    def another_follows_and_fails() -> None:
        if not stop.waits:
            lease.update(holder="another", fencing=2, expires_at=timezone.now())
            note(environment, is_in_sync=False, error="no answer")

    stop.before_wait = another_follows_and_fails

    follower(environment, Script(stop, [SEEN]), stop).run()

    assert (noted(environment).is_in_sync, noted(environment).error) == (True, "")
    assert lease.get().fencing == 3


def test_note__nothing_new__keeps_the_row(environment):
    note(environment, is_in_sync=True, error="")
    before = noted(environment)

    note(environment, is_in_sync=True, error="")

    assert (noted(environment).since, noted(environment).pk) == (before.since, before.pk)


@pytest.mark.parametrize(("is_in_sync", "moves"), [(False, False), (True, True)])
def test_note__since__moves_only_with_being_in_sync(environment, is_in_sync, moves):
    note(environment, is_in_sync=False, error="no answer")
    before = noted(environment)

    note(environment, is_in_sync=is_in_sync, error="" if is_in_sync else "refused")

    assert (noted(environment).since > before.since) is moves
    assert noted(environment).error == ("" if is_in_sync else "refused")


def test_note__change__is_kept_when_the_scheduler_goes(environment):
    changed_at = timezone.now()
    note(environment, is_in_sync=True, error="", changed_at=changed_at)

    note(environment, is_in_sync=False, error="no answer")

    assert noted(environment).changed_at == changed_at
