"""What every key-value store owes. A new driver joins by an entry in `DRIVERS`."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real_vault import Mount, fresh_mount
from vamp.drivers.kv.file import FileStore
from vamp.ports.errors import PortRefused, RevisionConflict
from vamp.ports.kv import MAX_VALUE_BYTES, KeyValueStore

MASTER = bytes(range(32))

Opener = Callable[[], KeyValueStore]
"""Opens the same store once more, as another process would."""


@dataclass(frozen=True)
class FileOpener:
    """Picklable, so that a child process opens the store by itself."""

    root: Path

    def __call__(self) -> KeyValueStore:
        return FileStore(self.root, master=MASTER)


@pytest.fixture(scope="module")
def vault_mount() -> Iterator[Mount]:
    with fresh_mount() as mount:
        yield mount


def file_opener(request: pytest.FixtureRequest) -> Opener:
    folder: Path = request.getfixturevalue("tmp_path")
    return FileOpener(folder / "kv")


def vault_opener(request: pytest.FixtureRequest) -> Opener:
    mount: Mount = request.getfixturevalue("vault_mount")
    mount.empty()
    return mount


WATCHING = [pytest.param(file_opener, id="file")]
"""Drivers that hear of changes."""

SLEEPING = [pytest.param(vault_opener, id="vault", marks=pytest.mark.stack)]
"""Drivers whose system cannot tell of changes: the port lets them sleep."""

DRIVERS = [*WATCHING, *SLEEPING]


@pytest.fixture(params=DRIVERS)
def opener(request: pytest.FixtureRequest) -> Opener:
    opened: Opener = request.param(request)
    return opened


@pytest.fixture
def store(opener: Opener) -> KeyValueStore:
    return opener()


@pytest.fixture(params=WATCHING)
def watching(request: pytest.FixtureRequest) -> Opener:
    opened: Opener = request.param(request)
    return opened


@pytest.fixture(params=SLEEPING)
def sleeping(request: pytest.FixtureRequest) -> Opener:
    opened: Opener = request.param(request)
    return opened


KEY = "acme/production/gateways/manifest"


def test_get__never_written__gives_none(store: KeyValueStore) -> None:
    assert store.get(KEY) is None


def test_put__first_time__is_revision_one_for_other_clients(opener: Opener) -> None:
    revision = opener().put(KEY, "one")

    held = opener().get(KEY)
    assert revision == 1
    assert held is not None
    assert (held.value, held.revision) == ("one", 1)


def test_put__again__counts_up_by_one(store: KeyValueStore) -> None:
    revisions = [store.put(KEY, value) for value in ("a", "b", "b")]

    assert revisions == [1, 2, 3]


@pytest.mark.parametrize("value", ["", "ü €\U0001f600\x00\r\n", "x" * MAX_VALUE_BYTES])
def test_put__any_text_up_to_the_limit__comes_back_unchanged(
    store: KeyValueStore, value: str
) -> None:
    store.put(KEY, value)

    held = store.get(KEY)
    assert held is not None
    assert held.value == value


@pytest.mark.parametrize(
    "value", ["x" * (MAX_VALUE_BYTES + 1), "ü" * (MAX_VALUE_BYTES // 2 + 1), "\ud800"]
)
def test_put__not_storable__is_refused_and_writes_nothing(store: KeyValueStore, value: str) -> None:
    with pytest.raises(PortRefused):
        store.put(KEY, value)

    assert store.get(KEY) is None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "acme",
        "/acme/production",
        "acme//x",
        "acme/production/",
        "acme/../x",
        "acme/./x",
        "acme/Production",
        "acme/pro duction",
        "acme/x\n",
        "acme/x\x00",
        "acme/ümlaut",
        "acme/x+entry",
        "acme/" + "x" * 600,
    ],
)
def test_key__breaks_the_rules__is_refused_everywhere(store: KeyValueStore, key: str) -> None:
    for use in (store.get, store.delete, lambda name: store.put(name, "x")):
        with pytest.raises(PortRefused):
            use(key)


@pytest.mark.parametrize(("held", "expected"), [(0, 1), (1, 0), (2, 1), (1, 2)])
def test_put__expected_is_not_there__conflicts_and_writes_nothing(
    store: KeyValueStore, held: int, expected: int
) -> None:
    for number in range(held):
        store.put(KEY, f"held {number}")
    before = store.get(KEY)

    with pytest.raises(RevisionConflict):
        store.put(KEY, "mine", expected=expected)

    assert store.get(KEY) == before


def test_put__expected_is_there__writes(store: KeyValueStore) -> None:
    first = store.put(KEY, "a", expected=0)

    second = store.put(KEY, "b", expected=first)

    assert (first, second) == (1, 2)


def test_delete__then_must_be_new__starts_again_at_one(store: KeyValueStore) -> None:
    store.put(KEY, "a")
    store.put(KEY, "b")

    store.delete(KEY)
    store.delete(KEY)

    assert store.get(KEY) is None
    assert store.put(KEY, "c", expected=0) == 1


def test_delete__never_written__does_nothing(store: KeyValueStore) -> None:
    store.delete(KEY)

    assert store.keys("") == []


def test_keys__prefix__matches_whole_segments_sorted(store: KeyValueStore) -> None:
    written = [
        "acme/production/gateways",
        "acme/production/gateways/parts/shop",
        "acme/production/gateways/manifest",
        "acme/production/gateways-old/manifest",
        "acme/organisation",
        "other/production/environment",
    ]
    for key in written:
        store.put(key, key)
    store.put("acme/production/gateways/parts/gone", "x")
    store.delete("acme/production/gateways/parts/gone")

    assert store.keys("acme/production/gateways") == sorted(written[:3])
    assert store.keys("acme/production/gateways/") == sorted(written[:3])
    assert store.keys("acme/production/gateways/parts/shop") == [written[1]]
    assert store.keys("acme/organisation") == ["acme/organisation"]
    assert store.keys("acme") == sorted(written[:5])
    assert store.keys("") == sorted(written)
    assert store.keys("nobody") == []


@pytest.mark.parametrize("prefix", ["acme/..", "..", "Acme", "/", "acme//"])
def test_keys__prefix_breaks_the_rules__is_refused(store: KeyValueStore, prefix: str) -> None:
    with pytest.raises(PortRefused):
        store.keys(prefix)


def test_entry__shown__keeps_its_value_to_itself(store: KeyValueStore) -> None:
    store.put(KEY, "hunter2")

    assert "hunter2" not in repr(store.get(KEY))


def _add_up(opener: Opener, times: int) -> None:
    store = opener()
    for _ in range(times):
        while True:
            held = store.get(KEY)
            count, revision = (int(held.value), held.revision) if held else (0, 0)
            try:
                store.put(KEY, str(count + 1), expected=revision)
            except RevisionConflict:
                continue
            break


def test_put__check_and_set_from_processes__loses_no_increment(opener: Opener) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_add_up, args=(opener, 10)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(30)

    held = opener().get(KEY)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert held is not None
    assert (held.value, held.revision) == ("30", 30)


def test_put__check_and_set_from_threads__loses_no_increment(opener: Opener) -> None:
    threads = [threading.Thread(target=_add_up, args=(opener, 15)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    held = opener().get(KEY)
    assert held is not None
    assert (held.value, held.revision) == ("60", 60)


def test_get__while_another_writes__sees_whole_values_in_order(opener: Opener) -> None:
    store, stop = opener(), threading.Event()
    store.put(KEY, "0" * 5000)

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            store.put(KEY, str(number % 10) * 5000)

    writer, reader, seen = threading.Thread(target=write), opener(), []
    writer.start()
    for _ in range(200):
        held = reader.get(KEY)
        assert held is not None
        assert len(set(held.value)) == 1
        assert len(held.value) == 5000
        seen.append(held.revision)
    stop.set()
    writer.join()

    assert seen == sorted(seen)


@pytest.fixture
def later() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Runs something a moment from now in another thread."""
    timers: list[threading.Timer] = []

    def start(action: Callable[[], object]) -> None:
        timers.append(threading.Timer(0.05, action))
        timers[-1].start()

    yield start
    for timer in timers:
        timer.join()


Later = Callable[[Callable[[], object]], None]


def test_wait__nothing_changes__gives_false_in_time(store: KeyValueStore) -> None:
    begun = time.monotonic()

    woken = store.wait("acme/production", timeout_s=0.05)

    assert not woken
    assert time.monotonic() - begun >= 0.04


def test_wait__another_client_writes_the_first_key_ever__wakes(
    watching: Opener, later: Later
) -> None:
    later(lambda: watching().put(KEY, "x"))

    assert watching().wait("acme/production/gateways", timeout_s=5)


def test_wait__key_is_deleted__wakes(watching: Opener, later: Later) -> None:
    watching().put(KEY, "x")
    later(lambda: watching().delete(KEY))

    assert watching().wait("acme", timeout_s=5)


def test_wait__another_environment_changes__sleeps_on(watching: Opener, later: Later) -> None:
    watching().put(KEY, "x")
    later(lambda: watching().put("acme/staging/environment", "x"))

    assert not watching().wait("acme/production", timeout_s=0.2)


def test_watch__change_between_making_and_asking__is_not_missed(watching: Opener) -> None:
    store = watching()
    watch = store.watch("acme/production")
    store.put(KEY, "x")

    assert next(watch) is None
    watch.close()  # type: ignore[attr-defined]


def test_watch__closed__ends(store: KeyValueStore, later: Later) -> None:
    watch = store.watch("acme/production")
    later(watch.close)  # type: ignore[attr-defined]

    assert list(watch) == []


def test_wait__system_cannot_tell__sleeps_its_time_and_gives_false(
    sleeping: Opener, later: Later
) -> None:
    store, begun = sleeping(), time.monotonic()
    later(lambda: sleeping().put(KEY, "x"))

    assert not store.wait("acme/production", timeout_s=0.2)
    assert time.monotonic() - begun >= 0.19


@pytest.mark.parametrize("prefix", ["acme/..", "Acme"])
def test_wait_and_watch__prefix_breaks_the_rules__is_refused(
    store: KeyValueStore, prefix: str
) -> None:
    with pytest.raises(PortRefused):
        store.wait(prefix, timeout_s=0.01)
    with pytest.raises(PortRefused):
        store.watch(prefix)


def test_check__that_works__tells_system_version_and_latency_and_leaves_nothing(
    store: KeyValueStore,
) -> None:
    store.put(KEY, "one")

    found = store.check("acme/production")

    assert found.ok, found
    assert found.is_prepared
    assert found.system
    assert found.version
    assert found.latency_ms is not None
    assert {each.what for each in found.findings} >= {"may read", "may write", "may delete"}
    assert store.keys("") == [KEY]


def test_prepare__again__changes_nothing_and_check_is_prepared(store: KeyValueStore) -> None:
    store.prepare()
    store.prepare()

    assert store.check("acme/production").is_prepared
    assert store.keys("") == []
