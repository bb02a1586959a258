from __future__ import annotations

import json
import re
import subprocess

import pytest

from gateways.haproxy.assemble import MAP_NAMES, map_text
from gateways.haproxy.files import assembled_from, configs_from, rendered, write_files
from gateways.haproxy.settings import AssembleSettings
from tests.gateways.haproxy.live import check
from vamp.errors import Invalid

TEXT = """\
kind: Gateway
name: shop
hosts: [shop.acme.test, "*.shop.acme.test"]
routes:
  - {service: shop, version: 1.0.0, weight: 90%, name: stable}
  - {service: shop, version: 1.1.0, weight: 10%, condition: user-agent is Firefox, strength: 50%}
---
kind: Service
name: shop
versions:
  - {version: 1.0.0, instances: ["127.0.0.1:9001", "127.0.0.1:9003"]}
"""
SETTINGS = AssembleSettings("/run/vamp", shared_port=8_080)


def test_configs_from__services__give_their_instances():
    (shop,) = configs_from(TEXT)

    stable, next_ = shop.routes
    assert [one.port for one in stable.endpoints] == [9_001, 9_003]
    assert next_.endpoints == ()
    assert shop.layout.weights == {"stable": 9_000, "shop-1.1.0": 1_000}


def test_rendered__as_haproxy__has_every_map_as_a_section():
    text = rendered(TEXT, SETTINGS, form="haproxy")

    config, *sections = re.split(r"^# map (\S+)\n", text, flags=re.MULTILINE)
    maps = dict(zip(sections[::2], sections[1::2], strict=True))
    assert list(maps) == [f"maps/{name}" for name in MAP_NAMES]
    assert maps["maps/hosts.map"].strip() == "shop.acme.test/ shop"
    assert config.strip() == assembled_from(TEXT, SETTINGS).config.strip()


def test_rendered__as_json__is_the_same():
    found = json.loads(rendered(TEXT, SETTINGS, form="json"))

    files = assembled_from(TEXT, SETTINGS)
    assert found["config"] == files.config
    assert {name: map_text(map(tuple, lines)) for name, lines in found["maps"].items()} == {
        f"maps/{name}": map_text(lines) for name, lines in files.maps.items()
    }


@pytest.mark.haproxy
def test_write_files__folder__passes_the_check_from_anywhere(tmp_path):
    settings = AssembleSettings(str(tmp_path), shared_port=8_080)

    write_files(assembled_from(TEXT, settings), tmp_path / "not" / "there")

    check(tmp_path / "not" / "there")
    assert subprocess.run(
        ["haproxy", "-c", "-f", "haproxy.cfg"], cwd=tmp_path / "not" / "there", capture_output=True
    ).returncode == 0  # fmt: skip


def test_assembled_from__bad_documents__tell_every_fault_with_its_place():
    bad = TEXT.replace("90%", "91%").replace("name: shop\nhosts", "nam: shop\nhosts")

    with pytest.raises(Invalid) as refused:
        assembled_from(bad, SETTINGS)

    assert {fault.line for fault in refused.value.faults} >= {2}
    assert len(refused.value.faults) >= 2


def test_assembled_from__port_that_is_the_shared_one__is_refused():
    text = "{kind: Gateway, name: a, port: 8080, routes: [{addresses: ['10.0.0.1:80']}]}"

    with pytest.raises(Invalid, match="port 8080"):
        assembled_from(text, SETTINGS)
