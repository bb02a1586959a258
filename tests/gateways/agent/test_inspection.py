"""A look at what is published and at an agent's folder."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from gateways.agent.inspection import check_published, read_state
from gateways.agent.places import prepare
from gateways.agent.processes import ProcessId
from gateways.agent.store import KeptPart, Store
from gateways.haproxy.config import Endpoint
from gateways.haproxy.manifest import part_key
from gateways.haproxy.part import Part
from tests.gateways.agent.rig import MASTER, PLACE, Outage, Publisher, settings_for
from tests.gateways.haproxy.builders import gateway

SHOP = gateway("shop", {"a": Endpoint("i-a", "127.0.0.1", 9001)})


class Setting:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.publisher = Publisher(folder / "kv", shared_port=8080)
        self.kv = Outage(folder / "kv", master=MASTER)

    def check(self, program: str = "true") -> tuple[str, list[str]]:
        return check_published(settings_for(self.folder, haproxy=program), self.kv)


@pytest.fixture
def setting(folder) -> Setting:
    return Setting(folder)


def test_check_published__all_is_well__returns_the_text_and_leaves_nothing(setting, monkeypatch):
    temporary = setting.folder / "t"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    setting.publisher.publish(SHOP)

    text, faults = setting.check()

    assert faults == []
    assert "backend shop:a" in text
    assert "# map hosts.map\nshop.test/ shop\n" in text
    assert str(temporary) not in text
    assert list(temporary.iterdir()) == []
    assert not (setting.folder / "state").exists()


def test_check_published__haproxy_refuses__says_so_and_shows_the_text(setting):
    setting.publisher.publish(SHOP)

    text, faults = setting.check("false")

    assert "backend shop:a" in text
    assert faults == ["HAProxy refuses it: exit 1"]


def test_check_published__nothing_is_published__says_so(setting):
    assert setting.check() == ("", ["Nothing is published for this environment yet"])


def test_check_published__part_is_missing__names_its_gateway_and_shows_the_rest(setting):
    setting.publisher.publish(SHOP, Part("other", 1, "backend other:a\n"))
    setting.publisher.kv.delete(part_key(*PLACE, "other"))

    text, faults = setting.check()

    assert "backend shop:a" in text
    assert len(faults) == 1
    assert faults[0].startswith("other: ")


def test_check_published__parts_do_not_go_together__says_why(setting):
    parts = [Part(name, 1, "", ports=(9050,)) for name in ("one", "two")]
    setting.publisher.publish(*parts)

    assert setting.check() == ("", ["port 9050 is claimed by two and one"])


def test_read_state__folder_with_a_running_master__tells_what_it_serves(folder):
    places = prepare(folder / "state")
    store = Store(places)
    for name, generation in (("shop", 3), ("other", 1)):
        store.keep(KeptPart(Part(name, generation, ""), "0" * 64, 1))
    command = [sys.executable, "-c", "print('here', flush=True); input()", str(places.config)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout is not None
        process.stdout.readline()  # its command line is there to be read by now
        identity = ProcessId.of(process.pid)
        assert identity is not None
        places.process.write_text(f"{identity.pid} {identity.started}\n")

        running = read_state(places.state)
        process.kill()
    ended = read_state(places.state)

    assert running == {
        "state": str(places.state),
        "haproxy": "running",
        "gateways": {"other": 1, "shop": 3},
    }
    assert ended == {**running, "haproxy": "down"}


def test_read_state__no_folder__is_down_and_makes_none(tmp_path):
    found = read_state(tmp_path / "none")

    assert (found["haproxy"], found["gateways"]) == ("down", {})
    assert list(tmp_path.iterdir()) == []
