from __future__ import annotations

import pytest

from vamp.cli.failure import Failure
from vamp.cli.kinds import kind_named
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings


@pytest.fixture
def session():
    given = Given(organisation="acme", environment="prod", server="https://v.test")
    return Session(given, Surroundings(environ={"HOME": "/nowhere"}))


def test_path__release__is_below_its_gateway(session):
    path = kind_named("release").path(session, "shop/3")

    assert path == "organisations/acme/environments/prod/gateways/shop/releases/3"


@pytest.mark.parametrize("name", ["shop", "shop/x", "/"])
def test_path__release_named_otherwise__is_refused(session, name):
    with pytest.raises(Failure, match="GATEWAY/NUMBER"):
        kind_named("release").path(session, name)


def test_path__user_of_another_organisation__is_refused(session):
    with pytest.raises(Failure, match="--org globex"):
        kind_named("user").path(session, "globex/bo")


def test_path__name_with_a_slash__cannot_leave_its_segment(session):
    assert kind_named("token").path(session, "../x").endswith("tokens/..%2Fx")
