"""What the store makes of answers that the contract suite cannot bring about; no server needed."""

from __future__ import annotations

import threading

import pytest

from tests.vamp.drivers.kv.vault.scripted import Answer, Asked, scripted
from vamp.drivers.kv.vault.store import VaultStore
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused, RevisionConflict

KEY = "acme/production/environment"
DATA, METADATA = f"/v1/kv/data/{KEY}", f"/v1/kv/metadata/{KEY}"
CONFLICT = (400, {"errors": ["check-and-set parameter did not match the current version"]})


def version(number: int, *, deletion_time: str = "", destroyed: bool = False) -> Answer:
    versions = {str(number): {"deletion_time": deletion_time, "destroyed": destroyed}}
    return 200, {"data": {"current_version": number, "versions": versions}}


def written(asked: Asked, revision: int) -> Answer | None:
    """Take a write at `revision` only."""
    if asked.path != DATA or asked.method != "POST":
        return None
    if asked.body["options"].get("cas") != revision:
        return CONFLICT
    return 200, {"data": {"version": revision + 1}}


def test_from_dsn__of_a_url_and_a_key__asks_nothing_yet():
    store = VaultStore.from_dsn(Dsn.parse("vault://no.such.host.test/kv"), key="token:x")

    assert isinstance(store, VaultStore)


@pytest.mark.parametrize(("url", "key"), [("vault://v", "token:x"), ("vault://v/kv", "")])
def test_from_dsn__url_or_key_is_wrong__is_invalid(url, key):
    with pytest.raises(Invalid):
        VaultStore.from_dsn(Dsn.parse(url), key=key)


def test_get__newest_version_was_deleted_by_hand__is_none():
    metadata = {"version": 2, "deletion_time": "2026-01-01T00:00:00Z", "destroyed": False}
    answer = (404, {"data": {"data": None, "metadata": metadata}})
    with scripted(lambda asked: answer if asked.path == DATA else None) as vault:
        assert vault.store().get(KEY) is None


@pytest.mark.parametrize("fields", [{"password": "hunter2"}, None])
def test_get__entry_of_somebody_else__is_refused_without_showing_it(fields):
    answer = (200, {"data": {"data": fields, "metadata": {"version": 1}}})
    with (
        scripted(lambda asked: answer if asked.path == DATA else None) as vault,
        pytest.raises(PortRefused, match="was not written by Vamp") as caught,
    ):
        vault.store().get(KEY)

    assert "hunter2" not in str(caught.value)


def test_get__engine_of_version_1__is_refused():
    answer = (200, {"data": {"value": "x"}})
    with (
        scripted(lambda asked: answer if asked.path == DATA else None) as vault,
        pytest.raises(PortRefused, match="no KV version 2 at kv"),
    ):
        vault.store().get(KEY)


@pytest.mark.parametrize(
    "newest", [version(3, deletion_time="2026-01-01T00:00:00Z"), version(3, destroyed=True)]
)
def test_put__must_be_new_but_deleted_by_hand__goes_on_at_its_revision(newest):
    def script(asked: Asked) -> Answer | None:
        return newest if asked.path == METADATA else written(asked, 3)

    with scripted(script) as vault:
        assert vault.store().put(KEY, "x", expected=0) == 4


@pytest.mark.parametrize("newest", [version(3), (404, {"errors": []})])
def test_put__must_be_new_and_is_not__conflicts(newest):
    def script(asked: Asked) -> Answer | None:
        return newest if asked.path == METADATA else written(asked, 3)

    with scripted(script) as vault, pytest.raises(RevisionConflict):
        vault.store().put(KEY, "x", expected=0)


def test_keys__other_things_in_the_mount__are_left_out():
    folders = {
        "/v1/kv/metadata?list=true": ["acme", "acme/", "Team A/", "../"],
        "/v1/kv/metadata/?list=true": ["acme", "acme/", "Team A/", "../"],
        "/v1/kv/metadata/acme?list=true": ["organisation", "UPPER", "production/"],
        "/v1/kv/metadata/acme/production?list=true": ["environment"],
    }

    def script(asked: Asked) -> Answer | None:
        found = folders.get(asked.path)
        return (200, {"data": {"keys": found}}) if found else None

    with scripted(script) as vault:
        assert vault.store().keys("") == ["acme/organisation", KEY]


def test_keys__prefix_was_deleted_by_hand__is_not_among_them():
    newest = version(1, deletion_time="2026-01-01T00:00:00Z")
    with scripted(lambda asked: newest if asked.path == METADATA else None) as vault:
        assert vault.store().keys(KEY) == []


def test_watch__closed_from_another_thread__ends():
    with scripted() as vault, vault.store().watch("acme") as watch:
        threading.Timer(0.02, watch.close).start()

        assert list(watch) == []
        assert vault.asked == []
