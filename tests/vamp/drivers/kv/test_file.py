"""What the embedded key-value store promises beyond the port: encryption, keys, crashes."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vamp.drivers.durable import DRAFT
from vamp.drivers.kv.file import FileStore, agent_key, namespace_key
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused, PortUnavailable

MASTER = bytes(range(32))
KEY = "acme/production/gateways/parts/shop"


def _file(root: Path, key: str) -> Path:
    return root / (key + "+entry")


def test_put__on_disk__shows_neither_value_nor_master(tmp_path: Path) -> None:
    FileStore(tmp_path, master=MASTER).put(KEY, "hunter2")

    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"hunter2" not in content
    assert MASTER not in content


def test_put__on_disk__is_for_this_user_alone(tmp_path: Path) -> None:
    FileStore(tmp_path / "kv", master=MASTER).put(KEY, "x")

    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "kv").rglob("*")}
    assert modes == {0}


def test_get__file_moved_to_another_name__is_refused(tmp_path: Path) -> None:
    store = FileStore(tmp_path, master=MASTER)
    store.put(KEY, "x")
    _file(tmp_path, KEY).rename(_file(tmp_path, "acme/production/gateways/parts/other"))

    with pytest.raises(PortRefused, match="does not open"):
        store.get("acme/production/gateways/parts/other")


@pytest.mark.parametrize("damage", [b"", b"VKV1", b"VKV1" + b"\0" * 10, b"VKV1" + b"\0" * 60])
def test_get__file_cut_or_overwritten__is_refused_until_deleted(
    tmp_path: Path, damage: bytes
) -> None:
    store = FileStore(tmp_path, master=MASTER)
    store.put(KEY, "x")
    _file(tmp_path, KEY).write_bytes(damage)

    with pytest.raises(PortRefused):
        store.get(KEY)
    with pytest.raises(PortRefused):
        store.put(KEY, "y")

    store.delete(KEY)
    assert store.put(KEY, "y", expected=0) == 1


def test_get__every_single_bit_altered__is_refused(tmp_path: Path) -> None:
    store = FileStore(tmp_path, master=MASTER)
    store.put(KEY, "x")
    sealed = _file(tmp_path, KEY).read_bytes()

    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        _file(tmp_path, KEY).write_bytes(altered)
        with pytest.raises(PortRefused):
            store.get(KEY)


def test_environment_key__its_own_subtree__opens(tmp_path: Path) -> None:
    FileStore(tmp_path, master=MASTER).put(KEY, "x")

    dsn = Dsn.parse(f"file://{tmp_path}")
    store = FileStore.from_dsn(dsn, key=agent_key(MASTER, "acme", "production"))

    held = store.get(KEY)
    assert held is not None
    assert held.value == "x"
    assert store.keys("acme/production") == [KEY]
    assert store.put(KEY, "y", expected=1) == 2
    assert not store.wait("acme/production", timeout_s=0.01)


@pytest.mark.parametrize(
    "key", ["acme/staging/environment", "acme/organisation", "other/production/x"]
)
def test_environment_key__elsewhere__is_refused(tmp_path: Path, key: str) -> None:
    FileStore(tmp_path, master=MASTER).put(key, "secret")
    keys = {"acme/production": namespace_key(MASTER, "acme/production")}
    store = FileStore(tmp_path, namespace_keys=keys)

    uses = [
        lambda: store.get(key),
        lambda: store.put(key, "x"),
        lambda: store.delete(key),
        lambda: store.keys(key),
        lambda: store.wait(key, timeout_s=0),
        lambda: store.watch(key),
        lambda: store.keys("acme"),
        lambda: store.keys(""),
        lambda: store.watch(""),
    ]
    for use in uses:
        with pytest.raises(PortRefused, match="does not open"):
            use()

    held = FileStore(tmp_path, master=MASTER).get(key)
    assert held is not None
    assert held.value == "secret"


def test_environment_key__passed_off_as_anothers__does_not_open(tmp_path: Path) -> None:
    FileStore(tmp_path, master=MASTER).put("acme/staging/environment", "secret")
    stolen = {"acme/staging": namespace_key(MASTER, "acme/production")}

    with pytest.raises(PortRefused):
        FileStore(tmp_path, namespace_keys=stolen).get("acme/staging/environment")


def test_organisation_key__its_environments__stay_closed(tmp_path: Path) -> None:
    FileStore(tmp_path, master=MASTER).put("acme/organisation", "salt")
    store = FileStore(tmp_path, namespace_keys={"acme": namespace_key(MASTER, "acme")})

    held = store.get("acme/organisation")

    assert held is not None
    assert held.value == "salt"
    with pytest.raises(PortRefused):
        store.get("acme/production/environment")


def test_namespace_key__same_input__is_the_same_in_every_release() -> None:
    found = namespace_key(MASTER, "acme/production")

    assert found.hex() == "72f00c3a18365fcd5d90b10faaf5c4a06a8aa1681216592809335f73c2d58482"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "§",
        base64.b64encode(b"x" * 31).decode(),
        "env:acme/production",
        "env::",
        "env:a/b:x",
    ],
)
def test_from_dsn__not_a_key__is_refused_without_repeating_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        FileStore.from_dsn(Dsn.parse(f"file://{tmp_path}"), key=key)

    assert key == "" or key not in str(caught.value)


@pytest.mark.parametrize("url", ["file:", "file://relative/path"])
def test_from_dsn__names_no_folder__says_how_to_write_it(url: str) -> None:
    with pytest.raises(Invalid, match="three slashes"):
        FileStore.from_dsn(Dsn.parse(url), key=base64.b64encode(MASTER).decode())


def test_from_dsn__master_key__opens_everything(tmp_path: Path) -> None:
    key = base64.b64encode(MASTER).decode()
    FileStore.from_dsn(Dsn.parse(f"file://{tmp_path}"), key=key).put(KEY, "x")

    assert FileStore(tmp_path, master=MASTER).keys("") == [KEY]


def test_put__draft_left_by_a_crash__is_overwritten_and_never_listed(tmp_path: Path) -> None:
    store = FileStore(tmp_path, master=MASTER)
    store.put(KEY, "x")
    draft = _file(tmp_path, KEY).with_name(DRAFT)
    draft.write_bytes(b"half")

    assert store.keys("") == [KEY]
    assert store.put(KEY, "y", expected=1) == 2
    assert not draft.exists()


_WRITER = """
import sys
from pathlib import Path
from vamp.drivers.kv.file import FileStore
store = FileStore(Path(sys.argv[1]), master=bytes(range(32)))
number = 0
while True:
    number += 1
    revision = store.put("acme/production/environment", str(number) * 2000)
    print(revision, flush=True)
"""


def test_put__writer_killed_anywhere__keeps_what_was_promised_and_lets_others_write(
    tmp_path: Path,
) -> None:
    store = FileStore(tmp_path, master=MASTER)
    promised = 0
    for wanted in (1, 3, 8, 5):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(wanted):
                promised = int(writer.stdout.readline())
            os.kill(writer.pid, signal.SIGKILL)
            promised = max(
                [promised, *(int(line) for line in writer.stdout if line.endswith("\n"))]
            )

        held = store.get("acme/production/environment")
        assert held is not None
        assert held.revision in {promised, promised + 1}
        assert len(held.value) % 2000 == 0
        assert (
            store.put("acme/production/environment", "mine" * 500, expected=held.revision)
            > promised
        )
        promised = held.revision + 1


def test_put__root_is_a_file__is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "kv").write_text("in the way")
    store = FileStore(tmp_path / "kv", master=MASTER)

    with pytest.raises(PortUnavailable):
        store.put(KEY, "x")
    with pytest.raises(PortUnavailable):
        store.get(KEY)


def test_put__full_disk__is_unavailable_and_keeps_the_old_value(tmp_path: Path) -> None:
    store = FileStore(tmp_path, master=MASTER)
    store.put(KEY, "old")
    draft = _file(tmp_path, KEY).with_name(DRAFT)
    draft.symlink_to("/dev/full")

    with pytest.raises(PortUnavailable):
        store.put(KEY, "new" * 5000)

    held = store.get(KEY)
    assert held is not None
    assert held.value == "old"
