"""The loop: what it does about what goes wrong, and what it starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateways.agent.control import Control
from gateways.agent.fetch import Fetcher
from gateways.agent.runtime import CommandSocket
from gateways.haproxy.config import Endpoint, GatewayConfig
from gateways.haproxy.manifest import Manifest, manifest_key
from tests.gateways.agent.rig import MASTER, PLACE, Outage, Publisher, until
from tests.gateways.agent.stand import Stand
from tests.gateways.haproxy.builders import gateway

ROUTES = {"a": Endpoint("i-a", "127.0.0.1", 9001), "b": Endpoint("i-b", "127.0.0.1", 9002)}


class Store(Outage):
    """One that can also be broken in a way that nobody thought of."""

    is_broken = False

    def get(self, key: str):
        if self.is_broken:
            raise ZeroDivisionError("nobody thought of it")
        return super().get(key)


class Setting:
    def __init__(self, folder: Path, program: str) -> None:
        self.stand = Stand(folder, program)
        self.publisher = Publisher(folder / "kv", shared_port=self.stand.port)
        self.kv = Store(folder / "kv", master=MASTER)
        self.asked = 0
        self.others: dict[str, int] = {}
        self.control = self.another()

    def another(self, *, poll_interval_s: float = 0.05) -> Control:
        stand = self.stand
        return Control(
            "two",
            stand.haproxy,
            stand.store,
            stand.served,
            stand.structure,
            stand.applier,
            Fetcher(self.kv, stand.faults, organisation=PLACE[0], environment=PLACE[1], known={}),
            stand.faults,
            poll_interval_s=poll_interval_s,
            applied_by_others=lambda: self.others,
            ask_others=self._ask,
        )

    def _ask(self) -> None:
        self.asked += 1

    def start(self, *gateways: GatewayConfig) -> None:
        self.publisher.publish(*gateways)
        self.control.start()

    def await_applied(self, **generations: int) -> None:
        until(lambda: self.stand.served.applied == generations, self.stand.messages)

    def await_fault(self, text: str) -> None:
        until(lambda: text in self.stand.messages().get("", ""), self.stand.messages)


def shop(generation: int = 1, weight: int = 10_000) -> GatewayConfig:
    return gateway("shop", ROUTES, {"a": weight, "b": 10_000 - weight}, generation=generation)


@pytest.fixture
def make(folder) -> Iterator[Callable[..., Setting]]:
    """Return a function that gives a setting with the program that plays HAProxy."""
    made = []

    def made_with(program: str = "haproxy") -> Setting:
        made.append(Setting(folder, program))
        return made[-1]

    yield made_with
    for setting in made:
        setting.control.stop()
        setting.stand.stop()


def test_control__haproxy_does_not_start__says_so_and_goes_on_trying(make):
    setting = make("echo")  # says what it is told, and ends
    setting.start(shop())

    setting.await_fault("HAProxy does not start")

    output = setting.stand.places.output
    said = output.stat().st_size
    until(lambda: output.stat().st_size > said)
    assert setting.stand.served.applied == {}


def test_control__something_unforeseen__says_so_and_is_over_when_it_is(make):
    setting = make("false")
    setting.kv.is_broken = True
    setting.start(shop())
    setting.await_fault("The agent failed: ZeroDivisionError('nobody thought of it')")

    setting.kv.is_broken = False

    setting.await_fault("HAProxy does not start")


@pytest.mark.haproxy
def test_control__store_has_nothing__serves_what_the_disk_has(make):
    setting = make()
    setting.start(shop())
    setting.await_applied(shop=1)
    setting.control.stop()
    setting.stand.stop()
    setting.publisher.kv.delete(manifest_key(*PLACE))

    setting.control = setting.another()
    setting.control.start()

    setting.await_fault("Nothing is published")
    until(setting.stand.haproxy.is_alive)
    until(lambda: setting.stand.served.applied == {"shop": 1})


@pytest.mark.haproxy
def test_control__haproxy_does_not_answer_for_a_while__change_is_applied_afterwards(make):
    setting = make()
    haproxy = setting.stand.haproxy
    setting.start(shop())
    setting.await_applied(shop=1)
    worker = haproxy.worker
    haproxy.worker = CommandSocket(setting.stand.places.sockets / "none.sock")
    setting.publisher.publish(shop(2, 0))
    setting.control.hint()
    setting.await_fault("HAProxy does not answer")

    haproxy.worker = worker

    setting.await_applied(shop=2)
    until(lambda: setting.stand.messages() == {}, setting.stand.messages)
    assert setting.stand.structure.reloads == 0


@pytest.mark.haproxy
def test_control__another_agent_is_first__asks_it_and_reloads_after_it(make):
    setting = make()
    setting.publisher.agents = ("zero", "one", "two")
    setting.start(shop())
    setting.await_applied(shop=1)
    setting.others = {"other": 1}
    setting.publisher.publish(gateway("other", ROUTES))

    setting.await_applied(shop=1, other=1)

    assert setting.asked > 0
    assert setting.stand.structure.reloads == 1


def test_control__a_hint_names_a_newer_part__is_applied_without_a_poll(make):
    setting = make()
    setting.control = setting.another(poll_interval_s=3600)
    setting.start(shop())
    setting.await_applied(shop=1)
    setting.publisher.publish(shop(2, 3_000))
    manifest = Manifest.from_json(setting.kv.get(manifest_key(*PLACE)).value)

    setting.control.hint(manifest.entries)

    setting.await_applied(shop=2)


def test_control__hints_come_late_and_wrong__never_go_back(make):
    setting = make()
    setting.control = setting.another(poll_interval_s=3600)
    setting.start(shop())
    setting.await_applied(shop=1)
    old = dict(setting.publisher.entries)
    setting.publisher.publish(shop(2, 3_000))
    setting.control.hint(setting.publisher.entries)
    setting.await_applied(shop=2)

    setting.control.hint(old)
    setting.publisher.publish(shop(3, 5_000))
    setting.control.hint({})

    setting.await_applied(shop=3)
    assert setting.stand.messages() == {}
