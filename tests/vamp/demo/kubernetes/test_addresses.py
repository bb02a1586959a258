"""Addresses of pods."""

from __future__ import annotations

import ipaddress

import pytest

from vamp.demo.kubernetes.addresses import Addresses


def test_take__many__are_all_different_and_of_the_network():
    addresses = Addresses("127.64.0.0/20")

    taken = {addresses.take() for _ in range(500)}

    assert len(taken) == 500
    assert all(
        ipaddress.ip_address(each) in ipaddress.ip_network("127.64.0.0/20") for each in taken
    )


def test_take__what_a_pod_had_before__is_given_again_unless_taken_or_foreign():
    addresses = Addresses()

    assert addresses.take("127.64.9.9") == "127.64.9.9"
    assert addresses.take("127.64.9.9") != "127.64.9.9"
    assert addresses.take("10.0.0.1") != "10.0.0.1"
    addresses.give_back("127.64.9.9")
    assert addresses.take("127.64.9.9") == "127.64.9.9"


@pytest.mark.parametrize("network", ["10.0.0.0/16", "127.64.0.0/24", "nonsense"])
def test_addresses__of_a_network_that_will_not_do__is_refused(network):
    with pytest.raises(ValueError):  # noqa: PT011 the message is Python's own for one of them
        Addresses(network)
