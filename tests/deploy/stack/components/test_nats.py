import base64
import json

import pytest

from deploy.stack.builds.cache import Cache
from deploy.stack.builds.catalogue import RECIPES
from deploy.stack.components.nats import Nats
from deploy.stack.context import Context
from deploy.stack.errors import NotReady
from deploy.stack.nats_keys import KeyPair
from deploy.stack.ports import Ports


@pytest.fixture
def nats(state):
    made = Nats(Context(state, Ports(state), Cache(state.folder / "cache", RECIPES)))
    made.prepare()
    return made


@pytest.fixture
def configuration(nats, state):
    return json.loads((state.folder / "nats" / "nats.json").read_text())


def claims(token: str):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def public(state, name: str) -> str:
    return KeyPair.of_seed(state.secret(f"nats-{name}.seed")).public


def test_configuration__accounts__are_signed_by_the_operator(configuration, state):
    operator, preloaded = public(state, "operator"), configuration["resolver_preload"]

    assert claims(configuration["operator"])["sub"] == operator
    assert preloaded.keys() == {public(state, "account"), public(state, "system")}
    assert {claims(token)["iss"] for token in preloaded.values()} == {operator}
    assert configuration["system_account"] == public(state, "system")


def test_configuration__the_products_account__has_jetstream_and_a_signing_key(configuration, state):
    told = claims(configuration["resolver_preload"][public(state, "account")])["nats"]

    assert told["signing_keys"] == [public(state, "signing")]
    assert told["limits"]["disk_storage"] == -1


def test_prepare__again__makes_no_newer_account_in_place_of_what_was_revoked(nats, state):
    file = state.folder / "nats" / "nats.json"
    before = json.loads(file.read_text())["resolver_preload"]

    nats.prepare()

    assert json.loads(file.read_text())["resolver_preload"] == before


def test_credentials__of_the_system_account__are_signed_by_it(nats, state):
    told = claims(state.secret("nats-system.creds").splitlines()[1])

    assert told["iss"] == public(state, "system")
    assert "issuer_account" not in told["nats"]


def test_credentials__of_the_installation__name_the_account_they_are_for(nats, state):
    lines = state.secret("nats-user.creds").splitlines()

    told = claims(lines[1])
    assert told["iss"] == public(state, "signing")
    assert told["nats"]["issuer_account"] == public(state, "account")
    assert told["sub"] == KeyPair.of_seed(lines[5]).public


def test_prepare__once_more__keeps_keys_and_credentials(nats, state):
    before = state.secret("nats-user.creds"), public(state, "account")

    nats.prepare()

    assert (state.secret("nats-user.creds"), public(state, "account")) == before


def test_probe__nobody_there__may_be_asked_again(nats):
    with pytest.raises(NotReady):
        nats.servers()[0].probe()
