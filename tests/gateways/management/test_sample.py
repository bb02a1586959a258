from __future__ import annotations

import pytest

from gateways.management.sample import make_sample, services_of
from tests.factories import AgentFactory, GatewayFactory
from vamp.demo.client import ApiUnreachable
from vamp.demo.documents import DemoVersion, services_document, write_services
from vamp.demo.sample import NotOurs
from vamp.demo.scenario import Scenario


@pytest.fixture
def served(environment):
    AgentFactory.create(environment=environment, address="127.0.0.2")
    folder = services_of(environment.path)
    folder.mkdir(parents=True)
    return folder


def test_services_of__tenant__is_a_folder_of_its_own(environment, state_folder):
    assert services_of("acme/production") == state_folder / "services" / "acme-production"


def test_make_sample__gateway_is_there__changes_nothing_and_says_what_to_try(environment, served):
    GatewayFactory.create(environment=environment)
    (served / "services.yaml").write_text("services: {}\n")

    told = make_sample("http://127.0.0.1:9", environment.path, "token")

    assert "curl -H 'Host: shop.acme.test' http://127.0.0.2:8080/" in told
    assert f"http://127.0.0.1:9/admin/environments/{environment.path}/gateways/shop/" in told
    assert f" -m vamp.demo.sample add 1.1.0 {served}\n" in told
    assert " -m vamp.demo.sample traffic 127.0.0.2:8080\n" in told
    assert (served / "services.yaml").read_text() == "services: {}\n"


@pytest.mark.parametrize("content", ["services: {}\n", services_document([DemoVersion("2.0.0")])])
def test_make_sample__something_else_runs_there__is_refused_and_left(environment, served, content):
    (served / "services.yaml").write_text(content)

    with pytest.raises(NotOurs, match=r"services\.yaml"):
        make_sample("http://127.0.0.1:9", environment.path, "token")

    assert (served / "services.yaml").read_text() == content


def test_make_sample__its_versions_run_and_have_no_gateway__is_made_over_them(
    environment, served, monkeypatch
):
    """As when the same checkout goes from embedded stores to real ones."""
    write_services(served, [DemoVersion("1.0.0"), DemoVersion("1.1.0")])
    before = (served / "services.yaml").read_text()
    ran = []
    monkeypatch.setattr(Scenario, "set_up", lambda self: ran.append(self._run_versions(["1.0.0"])))

    make_sample("http://127.0.0.1:9", environment.path, "token")

    assert len(ran) == 1
    assert (served / "services.yaml").read_text() == before


def test_make_sample__api_is_away__is_told_as_such(environment, served):
    with pytest.raises(ApiUnreachable):
        make_sample("http://127.0.0.1:9", environment.path, "token")
