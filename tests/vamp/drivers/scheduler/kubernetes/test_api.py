"""Requests and errors, against a server that answers as scripted."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer
from vamp.demo.kubernetes.logs import log_server
from vamp.drivers.scheduler.kubernetes.api import PAGE, Absent, Expired, KubernetesApi
from vamp.drivers.scheduler.kubernetes.credentials import Credentials, FixedToken
from vamp.drivers.scheduler.kubernetes.resources import DEPLOYMENTS, PODS
from vamp.ports.errors import PortRefused, PortUnavailable, RevisionConflict

PATH = "/api/v1/namespaces/team/pods"


def page(*items, version="10", more=""):
    return Answer({"metadata": {"resourceVersion": version, "continue": more}, "items": [*items]})


def test_list__of_several_pages__is_one_listing(server):
    server.on("GET", PATH, page("a", more="next"), page("b", version="10"))

    found = server.api().list(PODS, "team", {"labelSelector": "app"})

    assert (found.items, found.version) == (["a", "b"], "10")
    first, second = server.asked
    assert first.query == {"limit": str(PAGE), "labelSelector": "app"}
    assert second.query["continue"] == "next"
    assert first.headers["Authorization"] == "Bearer hunter2"


def test_list__continuation_ran_out__begins_anew(server):
    gone = Answer({"message": "expired"}, 410)
    server.on("GET", PATH, page("a", more="next"), gone, page("b"))

    assert server.api().list(PODS, "team").items == ["b"]


def test_list__always_too_old__is_unavailable(server):
    server.on("GET", PATH, Answer({"message": "expired"}, 410))

    with pytest.raises(Expired):
        server.api().list(PODS, "team")


def test_list__of_nothing__is_empty(server):
    server.on("GET", PATH, Answer({"metadata": {"resourceVersion": "1"}, "items": None}))

    assert server.api().list(PODS, "team").items == []


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, PortRefused, "refuses to list pods in namespace team"),
        (401, PortRefused, "does not accept the credentials"),
        (403, PortRefused, "'list pods'"),
        (404, Absent, "list pods"),
        (409, RevisionConflict, "said so"),
        (410, Expired, "too old"),
        (422, PortRefused, "said so"),
        (429, PortUnavailable, "(429)"),
        (500, PortUnavailable, "(500)"),
        (503, PortUnavailable, "said so"),
    ],
)
def test_list__answered_with_an_error__is_the_ports(server, status, kind, words):
    server.on("GET", PATH, Answer({"message": "said so"}, status))

    with pytest.raises(kind) as caught:
        server.api().list(PODS, "team")

    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_patch__not_allowed__names_the_subresource_as_roles_do(server):
    path = "/apis/apps/v1/namespaces/team/deployments/shop/scale"
    server.on("PATCH", path, Answer(b"no", 403))

    with pytest.raises(PortRefused, match=r"'patch deployments/scale\.apps'"):
        server.api().patch(DEPLOYMENTS, "team", "shop", {}, "scale")


def test_patch__of_either_kind__says_which(server):
    server.on("PATCH", f"{PATH}/a", Answer({}))

    server.api().patch(PODS, "team", "a", {"x": 1})
    server.api().patch(PODS, "team", "a", {"x": 1}, kind="strategic-merge")

    assert [each.headers["Content-Type"] for each in server.asked] == [
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
    ]
    assert server.asked[0].body == {"x": 1}


@pytest.mark.parametrize("body", [b"<html>", b"[]"])
def test_get__not_an_api_server__is_unavailable(server, body):
    server.on("GET", f"{PATH}/a", Answer(body))

    with pytest.raises(PortUnavailable, match="no API server"):
        server.api().get(PODS, "team", "a")


def test_list__nobody_listens__is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    api = KubernetesApi(f"http://127.0.0.1:{port}", token=FixedToken(""), tls=None)

    with pytest.raises(PortUnavailable, match="does not answer"):
        api.list(PODS, "team")


def test_list__certificate_of_another_authority__is_refused(log_door):
    api = KubernetesApi(log_door, token=FixedToken(""), tls=Credentials().tls())

    with pytest.raises(PortRefused, match="certificate that is not believed"):
        api.list(PODS, "team")


@pytest.fixture
def log_door(tmp_path):
    """The address of some server with a certificate that nobody vouches for."""
    server = log_server(lambda namespace, name: None, tmp_path)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_watch__open__asks_for_bookmarks_from_a_version(server):
    server.on("GET", f"{PATH}?watch", Answer(lines=[b"line\n"]))

    answer = server.api().watch(PODS, "team", "7", {"timeoutSeconds": "3"})

    assert b"".join(answer.stream()) == b"line\n"
    assert server.asked[0].query == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "7",
        "timeoutSeconds": "3",
    }
