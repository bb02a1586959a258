from __future__ import annotations

from ipaddress import ip_address

import pytest

from vamp.egress import check_host, is_forbidden
from vamp.errors import Invalid


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("169.254.169.254", True),
        ("fe80::1", True),
        ("fd00:ec2::254", True),
        ("::ffff:169.254.169.254", True),
        ("0.0.0.0", True),
        ("224.0.0.1", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("2001:db8::1", False),
    ],
)
def test_is_forbidden__addresses__are_those_where_no_store_can_be(address, is_so):
    assert is_forbidden(ip_address(address)) is is_so


def test_check_host__metadata_of_a_cloud__is_refused():
    with pytest.raises(Invalid, match="no address of a store"):
        check_host("169.254.169.254")


@pytest.mark.parametrize("host", ["", "127.0.0.1", "localhost", "no-such-host.invalid"])
def test_check_host__anything_else__passes(host):
    check_host(host)
