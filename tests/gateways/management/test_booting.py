from __future__ import annotations

import socket
from pathlib import Path

from gateways.management.booting import PORTS, Booted, free_ports


def test_free_ports__of_an_api_and_two_agents__are_two_below_the_systems_own():
    port, shared_port = free_ports(agents=2)

    assert port != shared_port
    assert {port, shared_port} <= set(PORTS)
    first_of_the_system = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]
    assert max(PORTS) < int(first_of_the_system)


def test_free_ports__taken_on_one_agents_address__is_left_out():
    taken, _ = free_ports(agents=2)
    with socket.socket() as rival:
        rival.bind(("127.0.0.3", taken))
        rival.listen()

        assert taken not in free_ports(agents=2)


def test_booted__of_an_installation__knows_its_addresses(tmp_path):
    made = Booted(
        process=None, folder=tmp_path, port=20_100, shared_port=20_101, token="t",
        addresses=["127.0.0.2"], ready_after_s=1.0,
    )  # fmt: skip

    assert made.api_url == "http://127.0.0.1:20100"
    assert made.services == tmp_path / "services" / "acme-production"
    place = "http://127.0.0.1:20100/api/v1/organisations/acme/environments/production"
    assert made.environment_url() == place
    assert made.environment_url("gateways/shop") == f"{place}/gateways/shop"
