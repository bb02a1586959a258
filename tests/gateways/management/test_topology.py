from __future__ import annotations

import stat
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from gateways.agent.settings import read_settings
from gateways.management.booting import free_ports
from gateways.management.topology import Installation
from tenants.models import ApiToken
from tenants.selectors import token_by_text
from tenants.services.archiving import archive_environment
from tenants.services.deletion import delete_environment
from tenants.services.tenancy import change_environment
from tenants.services.tokens import create_token, revoke_token
from tests.conftest import DATABASES
from tests.factories import AgentFactory, environment_in
from vamp.ports.errors import PortRefused
from vamp.wiring import kv_from_url


class Bare(Installation):
    """An installation whose own processes run elsewhere."""

    def _core(self, host, port):
        return iter(())


@pytest.fixture
def install(environment):
    made = []

    def make(*, host="127.0.0.1", agents=2):
        made.append(Bare(host=host, port=8000, agents=agents))
        return made[-1]

    yield make
    for installation in made:
        installation.end()


def parts(installation, environment):
    return list(installation._parts_of(environment))


def test_parts__of_an_environment__are_its_agents_on_addresses_of_their_own(
    install, environment, other_environment
):
    installation = install()
    # Where nobody else's installation listens.
    environment.shared_port = other_environment.shared_port = free_ports(4)[1]

    found = parts(installation, environment) + parts(installation, other_environment)

    assert [part.name for part in found] == [
        "agent/acme/production/vga-1",
        "agent/acme/production/vga-2",
        "agent/globex/production/vga-1",
        "agent/globex/production/vga-2",
    ]
    addresses = [part.environment["VAMP_AGENT_BIND"] for part in found]
    assert addresses == ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"]
    assert len({part.environment["VAMP_AGENT_STATE"] for part in found}) == 4


def test_parts__of_an_agent__are_variables_that_the_agent_accepts(install, environment):
    part = parts(install(agents=1), environment)[0]

    settings = read_settings({"haproxy": "sh"}, part.environment)

    assert (settings.organisation, settings.environment) == ("acme", "production")
    assert settings.rollup_span_s == 1
    assert token_by_text(settings.api_token).agent_of == environment
    assert Path(part.command[0]).name == "vga"


def test_parts__of_an_agent__show_no_secret_in_command_or_variables(install, environment):
    part = parts(install(agents=1), environment)[0]

    secrets = [
        Path(part.environment[f"VAMP_AGENT_{name}_FILE"]) for name in ("KV_KEY", "API_TOKEN")
    ]
    shown = str(part.command) + str(dict(part.environment))
    for path in secrets:
        assert path.read_text().strip() not in shown
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_parts__key_of_an_agent__opens_its_environment_alone(
    install, environment, other_environment
):
    part = parts(install(agents=1), environment)[0]

    key = Path(part.environment["VAMP_AGENT_KV_KEY_FILE"]).read_text().strip()
    store = kv_from_url(part.environment["VAMP_AGENT_KV_URL"], key=key)

    assert store.get("acme/production/gateways/manifest") is None
    with pytest.raises(PortRefused):
        store.get("globex/production/gateways/manifest")


def test_parts__started_again__keep_the_token(install, environment):
    first = parts(install(), environment)[0].environment["VAMP_AGENT_API_TOKEN_FILE"]
    before = Path(first).read_text()

    again = parts(install(), environment)[0].environment["VAMP_AGENT_API_TOKEN_FILE"]

    assert (again, Path(again).read_text()) == (first, before)
    assert ApiToken.objects.filter(agent_of=environment).count() == 1


@pytest.mark.parametrize("loss", ["revoked", "file"])
def test_parts__token_was_lost__is_made_anew(install, environment, loss):
    path = Path(parts(install(), environment)[0].environment["VAMP_AGENT_API_TOKEN_FILE"])
    before = path.read_text()
    if loss == "file":
        path.unlink()
    else:
        revoke_token(ApiToken.objects.get(agent_of=environment), actor="tests")

    parts(install(), environment)

    assert path.read_text() != before
    assert token_by_text(path.read_text().strip()).agent_of == environment
    assert token_by_text(before.strip()) is None


def test_parts__tokens_that_people_made__stay(install, environment):
    _, text = create_token("own", actor="tests", agent_of=environment)

    parts(install(), environment)

    assert token_by_text(text).name == "own"


def test_parts__local_scheduler__has_its_supervisor_first(install, environment, tmp_path):
    environment.scheduler_url = f"local:{tmp_path}"

    first = parts(install(agents=1), environment)[0]

    assert first.name == "scheduler/acme/production"
    assert list(first.command[1:]) == [
        "-m",
        "vamp.drivers.scheduler.local.supervisor",
        str(tmp_path),
    ]


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("vamp.example.test", "http://vamp.example.test:8000"),
    ],
)
def test_parts__web_listens_somewhere__agents_reach_it(install, environment, host, reached):
    part = parts(install(host=host, agents=1), environment)[0]

    assert part.environment["VAMP_AGENT_API_URL"] == reached


@pytest.mark.parametrize(("age_s", "expected"), [(-1, True), (60, False)])
def test_agent__reported__is_ready_only_if_it_started_since(install, environment, age_s, expected):
    part = parts(install(agents=1), environment)[0]
    assert not part.is_ready(1)

    started = timezone.now() - timedelta(seconds=age_s)
    AgentFactory.create(environment=environment, name="vga-1", started_at=started)

    assert part.is_ready(1) is expected


STARTS_PROCESSES = pytest.mark.django_db(transaction=True, databases=DATABASES)
"""A fork closes the connections before it, and with them a test's transaction."""


def test_look_after__environment_appears__its_parts_are_started(
    install, environment, tmp_path, monkeypatch
):
    monkeypatch.setattr("gateways.management.topology.LOOK_FOR_ENVIRONMENTS_EVERY_S", -1.0)
    installation = install(agents=0)
    assert list(installation.look_after()) == []

    environment_in(name="staging", scheduler_url=f"local:{tmp_path}")
    installation.look_after()

    assert installation._family.pids.keys() == {"scheduler/acme/staging"}


@pytest.fixture
def staging(install, environment, tmp_path, monkeypatch):
    """An installation without agents in which the scheduler of acme/staging runs."""
    monkeypatch.setattr("gateways.management.topology.LOOK_FOR_ENVIRONMENTS_EVERY_S", -1.0)
    made = environment_in(name="staging", scheduler_url=f"local:{tmp_path}/one")
    installation = install(agents=0)
    installation.look_after()
    return installation, made


def supervised(installation):
    """Return the folder whose supervisor runs."""
    (part,) = [child.part for child in installation._family._children.values()]
    return part.command[-1]


@STARTS_PROCESSES
def test_look_after__scheduler_changes__its_supervisor_is_replaced(staging, tmp_path):
    installation, environment = staging
    before = installation._family.pids["scheduler/acme/staging"]

    change_environment(environment, actor="tests", scheduler_url=f"local:{tmp_path}/two")
    wait_until(installation, lambda: installation._family.pids.get("scheduler/acme/staging"))

    assert installation._family.pids["scheduler/acme/staging"] != before
    assert supervised(installation) == f"{tmp_path}/two"


def wait_until(installation, is_so):
    deadline = time.monotonic() + 30
    installation.look_after()
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
        installation.look_after()


@STARTS_PROCESSES
def test_look_after__scheduler_is_no_local_one_any_more__its_supervisor_ends(staging):
    installation, environment = staging

    change_environment(environment, actor="tests", scheduler_url="")
    installation.look_after()

    assert installation._family.pids == {}


@STARTS_PROCESSES
def test_look_after__nothing_of_an_environment_changes__its_parts_stay(staging):
    installation, environment = staging
    before = dict(installation._family.pids)

    change_environment(environment, actor="tests", title="Staging")
    installation.look_after()

    assert installation._family.pids == before


@STARTS_PROCESSES
def test_look_after__environment_is_deleted__its_parts_end_and_its_addresses_are_free(
    staging, tmp_path
):
    installation, environment = staging
    assert str(installation._addresses.of("acme/staging/vga-1")) == "127.0.0.2"
    installation._addresses.of("acme/production/vga-1")

    type(environment).objects.filter(pk=environment.pk).delete()
    installation.look_after()

    assert installation._family.pids == {}
    assert str(installation._addresses.of("acme/new/vga-1")) == "127.0.0.2"
    assert str(installation._addresses.of("acme/production/vga-1")) == "127.0.0.3"


def test_parts__started_again_with_environments_in_another_order__keep_their_addresses(
    install, environment, other_environment
):
    first = install(agents=1)
    before = [bound(first, each) for each in (environment, other_environment)]

    again = install(agents=1)

    assert [bound(again, each) for each in (other_environment, environment)] == before[::-1]


def bound(installation, environment):
    (agent,) = parts(installation, environment)
    return agent.environment["VAMP_AGENT_BIND"]


def test_look_after__store_of_one_environment_is_away__the_others_are_started(
    install, environment, tmp_path, monkeypatch, settings
):
    monkeypatch.setattr("gateways.management.topology.LOOK_FOR_ENVIRONMENTS_EVERY_S", -1.0)
    settings.KV_URL, settings.KV_KEY = "vault://127.0.0.1:1/kv?tls=off", "token:x"
    installation = install(agents=0)
    environment_in(name="staging", scheduler_url=f"local:{tmp_path}", kv_url=f"file://{tmp_path}")

    installation.look_after()

    assert installation._family.pids.keys() == {"scheduler/acme/staging"}
    assert environment.pk not in installation._environments


def test_parts__names_that_join_alike__have_files_of_their_own(install):
    places = [("a-b", "c"), ("a", "b-c")]

    files = [
        parts(install(agents=1), environment_in(organisation=organisation, name=name))[
            0
        ].environment
        for organisation, name in places
    ]

    for name in ("VAMP_AGENT_KV_KEY_FILE", "VAMP_AGENT_API_TOKEN_FILE", "VAMP_AGENT_STATE"):
        assert files[0][name] != files[1][name]


def test_parts__metrics_on_elasticsearch__agents_write_there_themselves(install, environment):
    url = "elasticsearch://127.0.0.1:9200/vamp?tls=off"
    through_the_api = parts(install(), environment)[0]
    environment.metrics_url = url

    direct = parts(install(), environment)[0]

    assert "VAMP_AGENT_METRICS_URL" not in through_the_api.environment
    assert read_settings({}, direct.environment).metrics_url == url


@STARTS_PROCESSES
def test_look_after__environment_is_archived_then_deleted__serves_on_until_the_second(staging):
    installation, environment = staging
    before = dict(installation._family.pids)

    archive_environment(environment, actor="tests")
    installation.look_after()
    assert installation._family.pids == before
    delete_environment(environment, confirm="staging", actor="tests")
    installation.look_after()

    assert installation._family.pids == {}
