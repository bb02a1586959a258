"""What `make stack` promises of its servers, asked of those that run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import ConflictError, Elasticsearch
from elasticsearch.helpers import bulk

from deploy.stack.http import Api
from vamp.dsn import Dsn

pytestmark = pytest.mark.stack

POLICY = 'path "vamp/data/acme/*" { capabilities = ["read"] }'


@pytest.fixture
def installation():
    """Vault, as the installation's own role."""
    address = os.environ["VAMP_STACK_VAULT_ADDR"]
    _, role, secret = Path(os.environ["VAMP_KV_KEY_FILE"]).read_text().split(":")
    login = {"role_id": role, "secret_id": secret}
    token = Api(address).do("POST", "/v1/auth/approle/login", login)["auth"]["client_token"]
    return Api(address, {"X-Vault-Token": token})


@pytest.fixture
def kubernetes():
    token = Path(os.environ["VAMP_STACK_KUBERNETES_TOKEN_FILE"]).read_text()
    return Api(
        os.environ["VAMP_STACK_KUBERNETES_ADDR"],
        {"Authorization": f"Bearer {token}"},
        Path(os.environ["VAMP_STACK_KUBERNETES_CA_FILE"]),
    )


@pytest.fixture
def index():
    """A client, and an index with the numbers from 0 to 2,499."""
    name = f"stack-test-{uuid4().hex[:8]}"
    with Elasticsearch(os.environ["VAMP_STACK_ELASTICSEARCH_ADDR"]) as client:
        rows = ({"_index": name, "_id": str(n), "n": n} for n in range(2_500))
        bulk(client, rows, refresh=True)
        yield client, name
        client.indices.delete(index=name)


def mariadb(url: str) -> Any:
    import MySQLdb

    dsn = Dsn.parse(url)
    return MySQLdb.connect(
        host=dsn.host,
        port=dsn.port or 0,
        user=dsn.username,
        password=dsn.secret,
        database=dsn.path.strip("/"),
    )


def test_mariadb__as_the_product__is_utf8_and_read_committed_and_sees_its_own_only():
    connection = mariadb(os.environ["VAMP_DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@tx_isolation, @@character_set_database")
            assert cursor.fetchone() == ("READ-COMMITTED", "utf8mb4")
            cursor.execute("SHOW DATABASES")
            seen = {name for (name,) in cursor.fetchall()}
    finally:
        connection.close()

    assert seen == {"information_schema", "vamp", "vamp_dedicated"}


def test_vault__as_the_installation__keeps_secrets_and_makes_roles_for_agents(installation):
    name = f"stack-test-{uuid4().hex[:8]}"

    installation.do("POST", f"/v1/vamp/data/{name}", {"data": {"a": "1"}, "options": {"cas": 0}})
    installation.do("PUT", f"/v1/sys/policies/acl/vamp-{name}", {"policy": POLICY})
    installation.do("POST", f"/v1/auth/approle/role/vamp-{name}", {"token_policies": ["default"]})

    assert installation.do("GET", f"/v1/vamp/data/{name}")["data"]["data"] == {"a": "1"}
    installation.do("DELETE", f"/v1/auth/approle/role/vamp-{name}")
    installation.do("DELETE", f"/v1/sys/policies/acl/vamp-{name}")
    installation.do("DELETE", f"/v1/vamp/metadata/{name}")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/sys/policies/acl/others"),
        ("POST", "/v1/auth/approle/role/others"),
        ("PUT", "/v1/sys/seal"),
        ("POST", "/v1/sys/mounts/others"),
    ],
)
def test_vault__what_is_not_the_installations__is_forbidden(installation, method, path):
    assert installation.ask(method, path, {"policy": ""}).status == 403


def test_elasticsearch__asked_who_it_is__tells_its_version(index):
    client, _ = index

    assert client.info()["version"]["number"] == "8.19.21"


def test_elasticsearch__delete_by_query__deletes_what_it_finds_batch_by_batch(index):
    client, name = index

    said = client.delete_by_query(
        index=name, query={"range": {"n": {"lt": 2_100}}}, refresh=True, scroll_size=1_000
    )

    assert (said["total"], said["deleted"], said["batches"]) == (2_100, 2_100, 3)
    assert said["failures"] == []
    assert client.count(index=name)["count"] == 400


def test_elasticsearch__document_written_since_the_search_saw_it__is_a_conflict(index):
    client, name = index
    client.index(index=name, id="7", document={"n": 7}, refresh=False)  # not seen by searches yet

    with pytest.raises(ConflictError) as refused:
        client.delete_by_query(index=name, query={"term": {"n": 7}})

    assert refused.value.body["version_conflicts"] == 1
    assert client.get(index=name, id="7")["_source"] == {"n": 7}


def test_elasticsearch__delete_by_query_without_a_query__is_refused(index):
    _, name = index
    api = Api(os.environ["VAMP_STACK_ELASTICSEARCH_ADDR"])

    answer = api.ask("POST", f"/{name}/_delete_by_query", {})

    assert answer.status == 400
    assert "no query" in answer.body["error"]["reason"]


def test_kubernetes__nodes_of_kwok__are_ready_and_hold_leases(kubernetes):
    nodes = kubernetes.do("GET", "/api/v1/nodes?labelSelector=type%3Dkwok")["items"]
    leases = kubernetes.do("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")[
        "items"
    ]

    names = {each["metadata"]["name"] for each in nodes}
    ready = {
        each["metadata"]["name"]
        for each in nodes
        for condition in each["status"]["conditions"]
        if condition["type"] == "Ready" and condition["status"] == "True"
    }
    assert len(names) == 4
    assert ready == names
    assert names <= {each["metadata"]["name"] for each in leases}


def test_kubernetes__without_a_token__answers_nobody(kubernetes):
    stranger = Api(kubernetes.base, {}, kubernetes.ca_file)

    assert stranger.ask("GET", "/api/v1/nodes").status == 403
