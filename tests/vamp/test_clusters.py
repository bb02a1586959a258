from __future__ import annotations

import base64
import json

import pytest
import yaml

from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, ScriptedServer
from vamp.clusters import Administrator, manifest
from vamp.errors import Invalid


def kubeconfig(server, user=None, **cluster):
    return yaml.safe_dump(
        {
            "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
            "users": [{"name": "u", "user": user or {"token": "hunter2"}}],
        }
    )


def test_grant__of_a_namespace__makes_all_and_returns_credentials():
    cluster = ScriptedServer()
    base = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop"
    for path in ("/api/v1/namespaces", "/api/v1/namespaces/shop/serviceaccounts",
                 f"{base}/roles", f"{base}/rolebindings"):  # fmt: skip
        cluster.on("POST", path, Answer({}, 201))
    token = {"status": {"token": "minted"}}
    cluster.on("POST", "/api/v1/namespaces/shop/serviceaccounts/vamp/token", Answer(token, 201))

    secret = Administrator.of_kubeconfig(kubeconfig(cluster.address)).grant("shop")
    cluster.close()

    assert json.loads(secret) == {"token": "minted"}
    assert cluster.asked[0].headers["Authorization"] == "Bearer hunter2"


def test_of_kubeconfig__that_names_files__is_refused_and_reads_none(tmp_path):
    text = kubeconfig("https://c:6443", {"tokenFile": "/etc/passwd"})

    with pytest.raises(Invalid, match="flatten"):
        Administrator.of_kubeconfig(text)


def test_of_kubeconfig__program_that_logs_in__is_refused():
    text = kubeconfig("https://c:6443", {"exec": {"command": "aws"}})

    with pytest.raises(Invalid, match="by a program"):
        Administrator.of_kubeconfig(text)


@pytest.mark.parametrize("text", ["", "{", "- a", "a: b"])
def test_of_kubeconfig__something_else__is_refused_without_being_repeated(text):
    with pytest.raises(Invalid, match="no kubeconfig"):
        Administrator.of_kubeconfig(text)


@pytest.mark.parametrize(
    ("server", "host", "port", "is_it"),
    [
        ("https://c:6443", "c", None, True),
        ("https://c:6443", "c", 6443, True),
        ("https://c", "c", 443, True),
        ("https://c:6443", "d", None, False),
        ("https://c:6443", "c", 7443, False),
    ],
)
def test_is_at__address_of_a_scheduler__is_compared(server, host, port, is_it):
    assert Administrator.of_kubeconfig(kubeconfig(server)).is_at(host, port) is is_it


def test_administrator__shown__holds_no_credentials():
    ca = base64.b64encode(b"").decode()

    found = Administrator.of_kubeconfig(kubeconfig("http://c", x=ca))

    assert "hunter2" not in repr(found)


def test_manifest__of_a_namespace__names_it():
    assert "namespace: shop" in manifest("shop")
