from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Counter

from vamp.probe_server import Page, ProbeServer, json_page, metrics_page


@pytest.fixture
def serve():
    servers = []

    def start(address="127.0.0.1", **pages):
        server = ProbeServer(address, 0, {f"/{name}": page for name, page in pages.items()})
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


def get(server, path, host="nobody.knows.this.name"):
    request = urllib.request.Request(f"http://{server.address}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_page__asked_under_any_host__is_answered(serve, address):
    server = serve(address, healthz=lambda: json_page(200, {"status": "ok"}))

    assert get(server, "/healthz?verbose") == (200, "application/json", '{"status": "ok"}')


def test_page__unknown__is_404_and_says_which_there_are(serve):
    status, _, text = get(
        serve(healthz=lambda: Page(200, b""), readyz=lambda: Page(200, b"")), "/x"
    )

    assert (status, text) == (404, "not here: /healthz, /readyz\n")


def test_page__cannot_be_made__is_500_says_nothing_of_it_and_the_server_goes_on(serve, caplog):
    def broken():
        raise RuntimeError("hunter2")

    server = serve(metrics=broken, healthz=lambda: Page(200, b"ok"))

    status, _, text = get(server, "/metrics")

    assert (status, "hunter2" in text) == (500, False)
    assert [record.getMessage() for record in caplog.records] == ["probe.failed"]
    assert get(server, "/healthz")[0] == 200


def test_metrics_page__of_a_registry__is_in_prometheus_form(serve):
    registry = CollectorRegistry()
    Counter("lines", "Lines.", registry=registry).inc(3)

    page = metrics_page(registry)

    assert b"lines_total 3.0\n" in page.body
    assert page.kind.startswith("text/plain; version=")


def test_server__port_is_taken__is_an_os_error(serve):
    with pytest.raises(OSError, match="in use"):
        ProbeServer("127.0.0.1", serve().port, {})
