from __future__ import annotations

import base64

import pytest

from vamp import wiring, wiring_of_agent_keys
from vamp.drivers.clock.system import SystemClock
from vamp.drivers.events.database import DatabaseStream
from vamp.drivers.kv.file import FileStore
from vamp.drivers.kv.vault.store import VaultStore
from vamp.drivers.lines.elasticsearch import ElasticsearchLines
from vamp.drivers.metrics.database import DatabaseMetrics
from vamp.drivers.metrics.elasticsearch import ElasticsearchMetrics
from vamp.drivers.scheduler.kubernetes.driver import KubernetesScheduler
from vamp.drivers.scheduler.local.driver import LocalScheduler
from vamp.errors import Invalid

KEY = base64.b64encode(b"k" * 32).decode()
PLACE = {"organisation": "acme", "environment": "production"}

OPENERS = {
    "file:": lambda url: wiring.kv_from_url(url, key=KEY),
    "file: ": lambda url: wiring_of_agent_keys.kv_agent_key(url, key=KEY, **PLACE),
    "db:": lambda url: wiring.events_from_url(url, database="default"),
    "db:, elasticsearch:": lambda url: wiring.metrics_from_url(url, database="default", **PLACE),
    "local:, kubernetes:": wiring.scheduler_from_url,
}


@pytest.mark.parametrize("allowed", OPENERS)
def test_open__unknown_scheme__names_the_allowed_and_never_shows_the_secret(allowed):
    with pytest.raises(Invalid) as caught:
        OPENERS[allowed]("redis://me:hunter2@nowhere:6379/0?password=hunter2")

    fault = caught.value.faults[0]
    assert fault.message.startswith("redis: is no ")
    assert fault.hint.startswith(f"allowed schemes: {allowed.strip()}")
    assert "hunter2" not in repr(caught.value.faults) + str(caught.value)


@pytest.mark.parametrize("url", ["", "hunter2", "x://me:hun/ter2@nowhere", "x://[hunter2/"])
@pytest.mark.parametrize("allowed", OPENERS)
def test_open__no_url_at_all__is_refused_without_repeating_it(allowed, url):
    with pytest.raises(Invalid, match="not a connection URL") as caught:
        OPENERS[allowed](url)

    assert "hun" not in str(caught.value)


def test_open__embedded_schemes__are_the_embedded_drivers(tmp_path, settings):
    settings.STATE_DIR = tmp_path

    assert isinstance(wiring.kv_from_url(f"file://{tmp_path}/kv", key=KEY), FileStore)
    assert isinstance(wiring.events_from_url("db:", database="default"), DatabaseStream)
    metrics = wiring.metrics_from_url("db:", database="default", **PLACE)
    assert isinstance(metrics, DatabaseMetrics)
    assert isinstance(wiring.scheduler_from_url(f"local:{tmp_path}"), LocalScheduler)
    assert isinstance(wiring.system_clock(), SystemClock)


def test_scheduler_from_url__kubernetes__is_that_driver():
    found = wiring.scheduler_from_url("kubernetes://127.0.0.1:6443?tls=off", namespace="team")

    assert isinstance(found, KubernetesScheduler)


def test_kv__vault__is_the_driver_for_vault():
    store = wiring.kv_from_url("vault://vault.test/kv", key="token:x")

    assert isinstance(store, VaultStore)


def test_check_scheme__vault_without_a_mount__is_refused():
    with pytest.raises(Invalid, match="not the URL of a mount"):
        wiring.check_scheme("vault://vault.test", "key-value store", wiring.KV_SCHEMES)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("es:9200/Upper-Case", "prefix .* is malformed"),
        ("es:9200/vamp?tls=maybe", "tls is neither"),
    ],
)
def test_check_scheme__elasticsearch_that_cannot_be__is_refused(rest, said):
    with pytest.raises(Invalid, match=said):
        wiring.check_scheme(f"elasticsearch://{rest}", "metrics store", wiring.METRICS_SCHEMES)


def test_check_kv__url_and_key_of_one_kind__passes(tmp_path):
    wiring.check_kv("vault://vault.test/kv", key="token:x")
    wiring.check_kv(f"file://{tmp_path}/kv", key="")


def test_check_scheme__known__passes():
    wiring.check_scheme("local:/srv/shop", "scheduler", wiring.SCHEDULER_SCHEMES)


def test_open__elasticsearch__keeps_rollups_and_lines_side_by_side():
    url = "elasticsearch://ana:hunter2@es:9200/vamp?ca=/etc/ca.pem"

    metrics = wiring.metrics_from_url(url, database="", **PLACE)

    assert isinstance(metrics, ElasticsearchMetrics)
    assert isinstance(wiring.lines_from_url(url, **PLACE), ElasticsearchLines)
    assert wiring.lines_from_url("db:", **PLACE) is None


@pytest.mark.parametrize("wrong", ["/a-b", "/vamp?ssl=on", "/vamp?tls=maybe"])
def test_open__elasticsearch_that_cannot_be__is_refused_before_it_is_asked(wrong):
    with pytest.raises(Invalid) as caught:
        wiring.metrics_from_url(f"elasticsearch://ana:hunter2@es:9200{wrong}", database="", **PLACE)

    assert "hunter2" not in str(caught.value)


def test_audit_archive__without_elasticsearch__is_in_a_folder_where_one_is_named(tmp_path):
    url, names = "db:", {"organisation": "acme", "environment": ""}

    assert wiring.audit_archive_from_url(url, **names) is None
    found = wiring.audit_archive_from_url(url, folder=str(tmp_path), **names)
    assert type(found).__name__ == "FileAudit"
