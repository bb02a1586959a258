"""Revoking users of a real server: at once, for good, and nobody else."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.rivals import wait_until
from tests.vamp.drivers.events.nats_server import NatsServer, Operator, running
from vamp import wiring, wiring_of_listeners
from vamp.drivers.events.nkeys import ACCOUNT, USER, KeyPair
from vamp.errors import Invalid
from vamp.ports.errors import PortError, PortRefused, PortUnavailable
from vamp.ports.hints import HintChannel

SUBJECT = "vamp.acme.production.gateways.>"


class Place:
    """A server, its operator, and what the installation knows of both."""

    def __init__(self, operator: Operator, server: NatsServer) -> None:
        self.url, self.operator, self.own = server.url, operator, operator.user()

    def key(self, holder: str) -> str:
        return wiring_of_listeners.events_agent_key(
            self.url, signing_key=self.operator.signing.seed, organisation="acme",
            environment="production", holder=holder, key=self.own,
        )  # fmt: skip

    def revoke(self, *holders: str, **keys: str) -> None:
        given = {
            "signing_key": self.operator.signing.seed,
            "operator_key": self.operator.operator.seed,
            "system_key": self.operator.system_user(),
            "key": self.own,
        }
        wiring_of_listeners.revoke_events_agent_keys(
            self.url, holders=dict.fromkeys(holders), **given | keys
        )

    def channel(self, key: str) -> HintChannel:
        opened = wiring.hints_from_url(self.url, key=key)
        assert opened is not None
        return opened

    def may_listen(self, key: str) -> bool:
        try:
            next(self.channel(key).listen(SUBJECT, timeout_s=1))
        except PortRefused:
            return False
        return True


def test_revoke__without_the_operators_key__is_refused_in_words():
    keys = {"signing_key": KeyPair.new(ACCOUNT).seed, "system_key": "x"}
    for wrong in ("", KeyPair.new(USER).seed):
        with pytest.raises(Invalid) as caught:
            wiring_of_listeners.revoke_events_agent_keys(
                "nats://h", operator_key=wrong, holders={"1": None}, **keys
            )
        assert "VAMP_EVENTS_OPERATOR_KEY" in caught.value.faults[0].hint


def test_revoke__embedded_stream__has_nothing_to_do():
    wiring_of_listeners.revoke_events_agent_keys(
        "db:", signing_key="", operator_key="", system_key="", holders={"1": None}
    )


@pytest.mark.stack
def test_revoke__on_a_real_server__closes_its_connection_and_is_kept_after_a_restart(
    tmp_path: Path,
) -> None:
    operator = Operator()
    with running(tmp_path, **operator.config(tmp_path / "accounts")) as server:
        place = Place(operator, server)
        key, others = place.key("1"), place.key("2")
        lost, heard = threading.Event(), []

        def listen() -> None:
            try:
                for hint in place.channel(key).listen(SUBJECT, timeout_s=9):
                    heard.append(hint)  # noqa: PERF402 one by one, as it comes
            except PortError:
                lost.set()

        threading.Thread(target=listen, daemon=True).start()
        wait_until(lambda: heard or lost.is_set(), "the agent to listen")
        begun = time.monotonic()

        place.revoke("1")

        assert lost.wait(5)
        assert time.monotonic() - begun < 2
        assert not place.may_listen(key)
        assert place.may_listen(others)
        place.revoke("3")
        assert not place.may_listen(key)
        server.stop()
        server.start()
        assert not place.may_listen(key)
        assert place.may_listen(others)
        assert place.may_listen(place.own)


@pytest.mark.stack
def test_revoke__accounts_are_fixed_in_the_configuration__says_what_to_change(tmp_path: Path):
    operator = Operator()
    with (
        running(tmp_path, **operator.config()) as server,
        pytest.raises(PortUnavailable, match="resolver of type full"),
    ):
        Place(operator, server).revoke("1")
