from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gateways.management.lifted_clusters import KubeconfigUnreadable, granted, withdraw
from tests.conftest import DATABASES
from tests.factories import environment_in
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, ScriptedServer
from vamp import audit

pytestmark = pytest.mark.django_db(databases=DATABASES)


def in_cluster(url="kubernetes://cluster.test:6443", namespace="shop"):
    environment = environment_in("default")
    environment.scheduler_url, environment.namespace = url, namespace
    environment.save()
    return environment


def note_grant(environment):
    audit.record(
        "root", "environment.namespace_granted", "environment", environment.path, using="default",
        organisation="acme", environment=environment.name,
    )  # fmt: skip


def kubeconfig(folder: Path, server: str) -> Path:
    file = folder / "admin.yaml"
    told = {
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "hunter2"}}],
        "current-context": "a",
    }
    file.write_text(yaml.safe_dump(told))
    return file


def test_granted__account_that_somebody_else_made__is_not_counted():
    environment = in_cluster()
    assert granted([environment.organisation]) == []

    note_grant(environment)

    assert granted([environment.organisation]) == [environment]
    assert granted([environment]) == [environment]


def test_withdraw__with_the_clusters_kubeconfig__removes_the_account_and_not_the_namespace(
    tmp_path,
):
    cluster = ScriptedServer()
    rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop"
    paths = [f"{rbac}/rolebindings/vamp", f"{rbac}/roles/vamp"]
    paths.append("/api/v1/namespaces/shop/serviceaccounts/vamp")
    for path in paths:
        cluster.on("DELETE", path, Answer({}))
    environment = in_cluster(cluster.address.replace("http://", "kubernetes://"))

    told = list(withdraw([environment], kubeconfig(tmp_path, cluster.address)))
    cluster.close()

    assert told == ["gone: account vamp in namespace shop"]
    assert [each.path for each in cluster.asked] == paths


@pytest.mark.parametrize("given", [False, True])
def test_withdraw__without_it_or_with_anothers__says_what_stays(tmp_path, given):
    file = kubeconfig(tmp_path, "https://elsewhere.test:6443") if given else None

    (told,) = withdraw([in_cluster()], file)

    assert told.startswith("stays: account vamp in namespace shop of kubernetes://cluster.test")


def test_withdraw__no_kubeconfig__is_refused(tmp_path):
    (tmp_path / "admin.yaml").write_text("nonsense")

    with pytest.raises(KubeconfigUnreadable):
        list(withdraw([in_cluster()], tmp_path / "admin.yaml"))
