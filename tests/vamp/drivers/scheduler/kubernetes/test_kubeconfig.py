"""Opening what a kubeconfig names."""

from __future__ import annotations

import base64

import pytest
import yaml

from vamp.drivers.scheduler.kubernetes.kubeconfig import api_from


def config(user, **more):
    return {
        "current-context": "b",
        "contexts": [
            {"name": "a", "context": {"cluster": "none", "user": "none"}},
            {"name": "b", "context": {"cluster": "c", "user": "u"}},
        ],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1/"}}],
        "users": [{"name": "u", "user": user}],
        **more,
    }


@pytest.fixture
def opened(tmp_path):
    def write(content):
        (tmp_path / "config").write_text(yaml.safe_dump(content))
        return api_from(tmp_path / "config")

    return write


def test_api_from__token_in_the_file_or_beside_it__is_used(opened, tmp_path):
    (tmp_path / "token").write_text("hunter2\n")

    for user in ({"token": "hunter2"}, {"tokenFile": "token"}):
        assert opened(config(user))._token() == "hunter2"


def test_api_from__the_present_context__names_the_cluster(opened):
    assert opened(config({})).address == "http://127.0.0.1:1"


def test_api_from__certificates_in_base64__are_read(opened):
    clusters = [
        {
            "name": "c",
            "cluster": {
                "server": "https://127.0.0.1:1",
                "certificate-authority-data": base64.b64encode(b"no pem").decode(),
            },
        }
    ]

    with pytest.raises(Exception, match="certificates are not readable"):
        opened(config({}, clusters=clusters))


@pytest.mark.parametrize("broken", [{}, None, config({}, clusters=[]), config({}, contexts=[])])
def test_api_from__no_kubeconfig__says_so(opened, broken):
    with pytest.raises(ValueError, match="no kubeconfig"):
        opened(broken)
