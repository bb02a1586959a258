from __future__ import annotations

import pytest

from gateways.management.sample import make_sample, services_of
from tests.factories import AgentFactory
from vamp.demo.client import ApiUnreachable


@pytest.fixture
def served(environment):
    AgentFactory.create(environment=environment, address="127.0.0.2")
    folder = services_of(environment.path)
    folder.mkdir(parents=True)
    return folder


def test_services_of__tenant__is_a_folder_of_its_own(environment, state_folder):
    assert services_of("acme/production") == state_folder / "services" / "acme-production"


def test_make_sample__something_runs_already__changes_nothing_and_says_what_to_try(
    environment, served
):
    (served / "services.yaml").write_text("services: {}\n")

    told = make_sample("http://127.0.0.1:9", environment.path, "token")

    assert "curl -H 'Host: shop.acme.test' http://127.0.0.2:8080/" in told
    assert f"http://127.0.0.1:9/admin/environments/{environment.path}/gateways/shop/" in told
    assert f" -m vamp.demo.sample add 1.1.0 {served}\n" in told
    assert " -m vamp.demo.sample traffic 127.0.0.2:8080\n" in told
    assert (served / "services.yaml").read_text() == "services: {}\n"


def test_make_sample__api_is_away__is_told_as_such(environment, served):
    with pytest.raises(ApiUnreachable):
        make_sample("http://127.0.0.1:9", environment.path, "token")
