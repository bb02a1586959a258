from __future__ import annotations

import pytest

from tests.vamp.drivers.scheduler.kubernetes.cluster import server
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, ScriptedServer
from tests.vamp.drivers.scheduler.kubernetes.test_rights import rules
from vamp.drivers.scheduler.kubernetes.check import check_cluster
from vamp.drivers.scheduler.kubernetes.rights import LOGS, NEEDED
from vamp.ports.checks import Tone
from vamp.wiring import scheduler_from_url

REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
PODS = "/api/v1/namespaces/shop/pods"


@pytest.fixture
def cluster():
    found = ScriptedServer()
    found.on("GET", "/version", Answer({"gitVersion": "v1.34.4"}))
    found.on("POST", REVIEW, Answer({"status": {"resourceRules": rules()}}, 201))
    found.listing(PODS)
    yield found
    found.close()


def bad(found):
    return [each for each in found.findings if each.tone is Tone.BAD]


def test_check__account_with_all_rights__tells_version_and_each_purpose(cluster):
    found = check_cluster(cluster.api(), "shop")

    assert found.is_prepared, found
    assert (found.system, found.version) == ("Kubernetes", "1.34.4")
    assert f"may {LOGS}" in {each.what for each in found.findings}


def test_check__token_that_ended__says_to_store_another(cluster):
    cluster.on("POST", REVIEW, Answer({"message": "Unauthorized"}, 401))

    found = check_cluster(cluster.api(), "shop")

    assert "does not accept the credentials" in bad(found)[0].message
    assert "hunter2" not in str(found)


def test_check__rights_missing__names_them_and_the_manifest(cluster):
    some = rules([each for each in NEEDED if each.purpose != LOGS])
    cluster.on("POST", REVIEW, Answer({"status": {"resourceRules": some}}, 201))

    (finding,) = bad(check_cluster(cluster.api(), "shop"))

    assert "get pods/log" in finding.message
    assert "rbac.yaml" in finding.hint


def test_check__nobody_listens__says_so(cluster):
    api = cluster.api()
    cluster.close()

    found = check_cluster(api, "shop")

    assert "does not answer" in bad(found)[0].message


def test_check__version_for_nobody__goes_on_without_it(cluster):
    cluster.on("GET", "/version", Answer({"message": "no"}, 403))

    found = check_cluster(cluster.api(), "shop")

    assert found.ok
    assert found.version == ""


@pytest.mark.stack
def test_check__real_cluster_with_a_wrong_token__says_so(tmp_path):
    import json
    import os
    from pathlib import Path

    host, port = server()
    ca = Path(os.environ["VAMP_STACK_KUBERNETES_CA_FILE"]).read_text()
    secret = json.dumps({"token": "hunter2", "ca": ca})

    found = scheduler_from_url(
        f"kubernetes://{host}:{port}", namespace="default", secret=secret
    ).check()

    assert not found.ok
    assert "hunter2" not in str(found)
