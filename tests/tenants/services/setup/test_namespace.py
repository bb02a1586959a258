from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tenants.connections import namespaces, scheduler_for
from tenants.services.setup.namespace import grant_namespace, manifest_of
from tenants.services.tenancy import change_environment
from tests.factories import ACTOR
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer, ScriptedServer
from tests.vamp.test_clusters import kubeconfig
from vamp.errors import Invalid
from vamp.models import AuditEntry


@pytest.fixture
def cluster():
    found = ScriptedServer()
    base = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop"
    for path in ("/api/v1/namespaces", "/api/v1/namespaces/shop/serviceaccounts",
                 f"{base}/roles", f"{base}/rolebindings"):  # fmt: skip
        found.on("POST", path, Answer({}, 201))
    token = {"status": {"token": "minted"}}
    found.on("POST", "/api/v1/namespaces/shop/serviceaccounts/vamp/token", Answer(token, 201))
    yield found
    found.close()


def at(environment, address):
    url = f"kubernetes://{urlsplit(address).netloc}?tls=off"
    return change_environment(environment, actor=ACTOR, scheduler_url=url, namespace="shop")


def test_grant__of_the_schedulers_cluster__keeps_the_accounts_token_alone(environment, cluster):
    at(environment, cluster.address)

    grant_namespace(environment, kubeconfig(cluster.address), actor=ACTOR)

    held = namespaces.secret(environment, "scheduler")
    assert json.loads(held) == {"token": "minted"}
    entry = AuditEntry.objects.using("default").get(verb="environment.namespace_granted")
    assert "hunter2" not in str(entry.after)


def test_grant__kubeconfig_of_another_cluster__is_refused_before_it_is_asked(environment, cluster):
    at(environment, "http://127.0.0.1:1")

    with pytest.raises(Invalid, match="the kubeconfig is of"):
        grant_namespace(environment, kubeconfig(cluster.address), actor=ACTOR)

    assert cluster.asked == []


def test_grant__no_cluster__says_what_to_set(environment):
    with pytest.raises(Invalid, match="kubernetes://"):
        grant_namespace(environment, kubeconfig("https://c:6443"), actor=ACTOR)


def test_manifest__of_a_cluster__is_for_its_namespace_and_of_none_is_empty(environment):
    assert manifest_of(environment) == ""

    at(environment, "http://127.0.0.1:1")

    assert "name: shop" in manifest_of(environment)


@pytest.mark.stack
def test_grant__real_cluster__lets_the_scheduler_do_all_that_it_needs(environment):
    config = Path(os.environ["VAMP_STACK_KUBECONFIG"])
    import yaml

    read = yaml.safe_load(config.read_text())
    address = urlsplit(read["clusters"][0]["cluster"]["server"])
    name = f"setup-{os.getpid()}-{environment.database}"
    ca = os.environ["VAMP_STACK_KUBERNETES_CA_FILE"]
    url = f"kubernetes://{address.netloc}?ca={ca}"
    change_environment(environment, actor=ACTOR, scheduler_url=url, namespace=name)
    from vamp.clusters import Administrator

    administrator = Administrator.of_kubeconfig(config.read_text(), folder=config.parent)
    try:
        before = scheduler_for(environment).check()
        grant_namespace(environment, flat(read, config.parent), actor=ACTOR)
        after = scheduler_for(environment).check()
    finally:
        administrator.withdraw(name)

    assert not before.ok
    assert after.is_prepared, after
    assert after.version


def flat(config, folder):
    """Return a kubeconfig without files, as ``kubectl config view --flatten --raw`` gives it."""
    import base64

    import yaml

    for part in (config["clusters"][0]["cluster"], config["users"][0]["user"]):
        for key in [key for key in part if f"{key}-data" not in part]:
            path = folder / str(part[key])
            if key in {"certificate-authority", "client-certificate", "client-key"}:
                part[f"{key}-data"] = base64.b64encode(path.read_bytes()).decode()
                del part[key]
            elif key == "tokenFile":
                part["token"] = path.read_text().strip()
                del part[key]
    return yaml.safe_dump(config)
