"""What deploy/ names for those who run Vamp elsewhere is there: commands, options, variables, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from django.core.management import get_commands, load_command_class

from gateways.agent.command import app as vga
from gateways.agent.settings import DEFAULTS, Settings, variable
from vamp.dependencies import NEEDS
from vamp.variables import Variables, load

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
IMAGE = (ROOT / "deploy" / "Containerfile").read_text()
OURS = {f"VAMP_{name.upper()}" for name in Variables.model_fields}
AGENTS = {variable(name) for name in Settings.__dataclass_fields__}
SPECS = {"Deployment", "StatefulSet", "Job"}


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def pods() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every thing that runs pods, with its pods' spec."""
    for path in MANIFESTS:
        for document in documents(path):
            if document["kind"] in SPECS:
                yield document, document["spec"]["template"]["spec"]


PODS = list(pods())
NAMES = [document["metadata"]["name"] for document, _ in PODS]


def test_manifests__together__run_every_process_and_the_migration():
    begun = {spec["containers"][0]["args"][0] for _, spec in PODS}

    assert begun == {*NEEDS, "migrate", "run"}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifest__each_document__says_what_and_whose_it_is(path):
    for document in documents(path):
        assert {"apiVersion", "kind"} <= document.keys()
        assert document["metadata"]["name"]
    assert path.name == "rbac.yaml" or "Not run in CI" in path.read_text()


@pytest.mark.parametrize(("document", "spec"), PODS, ids=NAMES)
def test_pod__its_command__is_there_and_takes_its_options(document, spec):
    (container,) = spec["containers"]
    name, *options = container["args"]

    if container["image"].startswith("vamp-vga:"):
        group: Any = typer.main.get_command(vga)
        assert name in group.commands
        assert not options
    else:
        assert name in get_commands()
        load_command_class(get_commands()[name], name).create_parser("x", name).parse_args(options)


@pytest.mark.parametrize(("document", "spec"), PODS, ids=NAMES)
def test_pod__its_rights__are_those_of_nobody_on_a_read_only_disk(document, spec):
    (container,) = spec["containers"]

    assert spec["securityContext"]["runAsNonRoot"]
    assert f"USER {spec['securityContext']['runAsUser']}\n" in IMAGE
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    claimed = {
        claim["metadata"]["name"] for claim in document["spec"].get("volumeClaimTemplates", [])
    }
    assert mounted == {volume["name"] for volume in spec["volumes"]} | claimed


@pytest.mark.parametrize(
    ("document", "spec"),
    [(document, spec) for document, spec in PODS if document["kind"] != "Job"],
    ids=[document["metadata"]["name"] for document, _ in PODS if document["kind"] != "Job"],
)
def test_pod__that_stays__is_probed_where_it_answers_and_selected_by_its_labels(document, spec):
    (container,) = spec["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    told = configuration() | {each["name"]: each.get("value") for each in container.get("env", [])}
    template = document["spec"]["template"]["metadata"]

    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "health"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "health"}
    port = "VAMP_AGENT_HEALTH_PORT" if "env" in container else "VAMP_HEALTH_PORT"
    assert str(ports["health"]) == told[port] == template["annotations"]["prometheus.io/port"]
    assert document["spec"]["selector"]["matchLabels"].items() <= template["labels"].items()


def configuration() -> dict[str, str]:
    (document,) = documents(ROOT / "deploy" / "kubernetes" / "configuration.yaml")
    return dict(document["data"])


MOUNTED = {
    "secret_key": "b1f0c2d34e5a69788796a5b4c3d2e1f0b1f0c2d34e5a6978",
    "kv_key": "approle:1f6f9a52-8a06-4a51-9c2e-5b1b8f3f6f10:9d0c3a77-2c4f-4f0e-8b6f-0d9f3a1c2b3d",
    "database_url": "mysql://vamp:s3cret@db.example.com:3306/vamp?ssl-ca=/etc/ssl/db.pem",
    "broker_url": "rediss://:s3cret@redis.example.com:6380/0",
    "events_url": "nats://nats.example.com:4222?tls=on",
    "events_key": "-----BEGIN NATS USER JWT-----\neyJ0…\n------END NATS USER JWT------",
    "events_signing_key": "SAADLP2KWWXTC6JYZGCXY5YUWDKFDNHNHBHHY4UJTDMWMH2M3DHJSDZ7OQ",
    "events_operator_key": "SOAEL3NFOTU6YK3DBTEKQYZ2C5IWSVZWWZCQDASBUOHJKBFLVANK27JMMQ",
    "events_system_key": "-----BEGIN NATS USER JWT-----\neyJ1…\n------END NATS USER JWT------",
    "metrics_url": "elasticsearch://vamp:s3cret@es.example.com:9200/vamp",
}
"""What the Secret may hold: each is a file of the folder that is mounted."""


def test_configuration__each_variable__is_ours_and_could_be_started_with(monkeypatch, tmp_path):
    found = configuration()
    for name in OURS | {f"{name}_FILE" for name in OURS}:
        monkeypatch.delenv(name, raising=False)
    for name, text in MOUNTED.items():
        (tmp_path / name).write_text(text + "\n")

    assert {name.removesuffix("_FILE") for name in found} <= OURS
    plain = {name: value for name, value in found.items() if not name.endswith("_FILE")}
    for name, value in found.items():
        monkeypatch.setenv(name, value if name in plain else str(tmp_path / Path(value).name))
    read = load()
    assert read.health_port == int(found["VAMP_HEALTH_PORT"])
    assert {name: getattr(read, name) for name in MOUNTED} == MOUNTED
    assert not any("key" in name.lower() or "@" in value for name, value in plain.items())


def test_configuration__each_secret__is_a_file_of_the_mounted_secret():
    for name, value in configuration().items():
        if name.endswith("_FILE"):
            field = name.removeprefix("VAMP_").removesuffix("_FILE").lower()
            assert value == f"/run/secrets/vamp/{field}"
            assert field in MOUNTED


def test_configuration__what_vamp_takes_as_keys_and_addresses__is_all_named():
    """Whatever is added to the variables of these kinds, the manifests must not forget."""
    found = {name.removesuffix("_FILE") for name in configuration()}

    assert {name for name in OURS if name.endswith(("_KEY", "_URL"))} <= found


def test_agents__variables__are_the_agents_and_all_that_it_needs():
    (container,) = next(spec for document, spec in PODS if document["kind"] == "StatefulSet")[
        "containers"
    ]
    found = {each["name"].removesuffix("_FILE") for each in container["env"]}

    assert found <= AGENTS
    needed = {variable(name) for name in Settings.__dataclass_fields__ if name not in DEFAULTS}
    assert needed - found == {"VAMP_AGENT_STATE"}
    assert "VAMP_AGENT_STATE=/var/lib/vamp" in IMAGE


def test_agents__in_a_cluster__are_two_at_least_and_never_evicted_together():
    found = documents(ROOT / "deploy" / "kubernetes" / "vga.yaml")
    by_kind = {document["kind"]: document for document in found}

    assert by_kind["StatefulSet"]["spec"]["replicas"] >= 2
    assert by_kind["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_image__what_it_copies_and_sets__is_there():
    for names in re.findall(r"^COPY (?!--from)(.+) \S+$", IMAGE, re.MULTILINE):
        for name in names.split():
            assert (ROOT / name).exists(), name
    variables = set(re.findall(r"\b(VAMP_[A-Z_]+)=", IMAGE))
    assert variables <= OURS | AGENTS
    assert "Not run in CI" in IMAGE
