from __future__ import annotations

import pytest

from gateways.domain.condition.values import canonical_source, check_name, check_value


def test_canonical_source__networks__are_each_once_in_their_order():
    assert canonical_source(["FD00::/8", " 10.0.0.1/32", "10.0.0.1"]) == "fd00::/8, 10.0.0.1"


@pytest.mark.parametrize(
    "network", ["10.0.0.1/8", "x", "", "10.0.0.0/33", "::ffff:1.2.3.4", "1.2.3", "010.0.0.1"]
)
def test_canonical_source__what_is_no_network__is_refused(network):
    with pytest.raises(ValueError, match=r"network|prefix|IPv4"):
        canonical_source([network])


@pytest.mark.parametrize("host", ["a_b.test", "10.0.0.1", "[::1]", "a"])
def test_check_value__host__is_allowed(host):
    check_value("host", "is", host)


@pytest.mark.parametrize("host", ["a..b", ".a", "a.", "a/b", "[::1", "a:1", "*.a"])
def test_check_value__what_no_host_header_can_be__is_refused(host):
    with pytest.raises(ValueError, match="host"):
        check_value("host", "is", host)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a(b", "a,b", 'a"b', "a\x00", "x" * 129])
def test_check_name__what_is_no_token__is_refused(name):
    with pytest.raises(ValueError, match="name"):
        check_name(name, is_header=False)
