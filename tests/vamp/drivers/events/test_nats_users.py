"""Agents' users: what they hold, and what a real server lets them do."""

from __future__ import annotations

import base64
import queue
import threading

import pytest

from tests.vamp.drivers.events.nats_server import Operator, running
from vamp import wiring, wiring_of_listeners
from vamp.drivers.events.nats_users import (
    Credentials,
    account_of,
    agent_credentials,
    claims_of,
)
from vamp.drivers.events.nkeys import ACCOUNT, USER, KeyPair, is_signed_by
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused


def test_credentials__written_and_read__are_the_same():
    made = agent_credentials(
        KeyPair.new(ACCOUNT).seed, organisation="acme", environment="production", holder="1"
    )

    read = Credentials.parse(made.to_text())

    assert (read.jwt, read.keys.seed) == (made.jwt, made.keys.seed)
    assert made.keys.seed not in repr(made)


@pytest.mark.parametrize("text", ["", "SUAXX", "-----BEGIN X-----\na\n-----END X-----"])
def test_credentials__not_a_creds_file__is_refused(text):
    with pytest.raises(ValueError, match="creds file"):
        Credentials.parse(text)


def test_agent_credentials__of_an_environment__are_signed_and_narrow():
    account, signer = KeyPair.new(ACCOUNT), KeyPair.new(ACCOUNT)

    made = agent_credentials(
        signer.seed,
        organisation="acme",
        environment="production",
        holder="1",
        account=account.public,
    )

    claims = claims_of(made.jwt)
    assert (claims["iss"], claims["sub"]) == (signer.public, made.keys.public)
    assert claims["nats"]["issuer_account"] == account.public
    assert claims["nats"]["sub"] == {"allow": ["vamp.acme.production.gateways.>"]}
    assert claims["nats"]["pub"] == {"deny": [">"]}
    text, _, signature = made.jwt.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    assert is_signed_by(signer.public, text.encode(), raw)
    assert account_of(made.to_text()) == account.public


def test_agent_credentials__accounts_own_key__names_no_other_issuer():
    account = KeyPair.new(ACCOUNT)

    made = agent_credentials(
        account.seed, organisation="acme", environment="production", holder="1"
    )

    assert "issuer_account" not in claims_of(made.jwt)["nats"]
    assert account_of(made.to_text()) == account.public


def test_agent_credentials__not_an_accounts_key__is_refused():
    with pytest.raises(ValueError, match="SA"):
        agent_credentials(
            KeyPair.new(USER).seed, organisation="acme", environment="production", holder="1"
        )
    with pytest.raises(ValueError, match="public key"):
        agent_credentials(
            KeyPair.new(ACCOUNT).seed,
            organisation="acme",
            environment="p",
            holder="1",
            account="U1",
        )


def test_events_agent_key__embedded_or_unsigned__is_empty_or_refused():
    place = {"organisation": "acme", "environment": "production", "holder": "1"}

    assert wiring_of_listeners.events_agent_key("db:", signing_key="", **place) == ""
    with pytest.raises(Invalid) as caught:
        wiring_of_listeners.events_agent_key("nats://x", signing_key="", **place)
    assert "VAMP_EVENTS_SIGNING_KEY" in caught.value.faults[0].hint


@pytest.mark.stack
def test_agent__on_a_real_server__hears_its_own_gateways_and_can_do_nothing_else(tmp_path):
    operator = Operator()
    with running(tmp_path, **operator.config()) as server:
        own = operator.user()
        key = wiring_of_listeners.events_agent_key(
            server.url,
            signing_key=operator.signing.seed,
            key=own,
            organisation="acme",
            environment="production",
            holder="1",
        )
        installation = wiring.hints_from_url(server.url, key=own)
        agent = wiring.hints_from_url(server.url, key=key)
        heard: queue.SimpleQueue[object] = queue.SimpleQueue()
        everything = installation.listen("vamp.>", timeout_s=0.2)
        assert next(everything) is None

        def listen() -> None:
            for content in agent.listen("vamp.acme.production.gateways.>", timeout_s=20):
                heard.put(content)
                if content == {"n": 2}:
                    return

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        assert heard.get(timeout=20) is None
        agent.send("vamp.acme.production.gateways.hint", {"n": 0})
        installation.send("vamp.acme.staging.gateways.hint", {"n": 1})
        installation.send("vamp.acme.production.gateways.hint", {"n": 2})
        listening.join(20)

        assert heard.get(timeout=20) == {"n": 2}
        assert [next(everything), next(everything), next(everything)] == [{"n": 1}, {"n": 2}, None]
        for subject in (
            "vamp.acme.staging.gateways.>",
            "vamp.acme.production.policies.>",
            "vamp.globex.production.gateways.>",
            "vamp.>",
            "_INBOX.>",
        ):
            with pytest.raises(PortRefused, match="listen"):
                next(agent.listen(subject, timeout_s=1))
        with pytest.raises(PortRefused):
            server.stream(key=key).replay(after=0, subject="vamp.>", limit=1)


@pytest.mark.stack
def test_connection__with_no_or_wrong_credentials__is_refused_in_words(tmp_path):
    operator = Operator()
    with running(tmp_path, **operator.config()) as server:
        for key in ("", Operator().user()):
            with pytest.raises(PortRefused, match="VAMP_EVENTS_KEY"):
                server.stream(key=key).replay(after=0, subject="vamp.>", limit=1)
