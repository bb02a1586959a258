from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.documents.places import Address, PlaceInvalid, check_host, parse_address
from gateways.haproxy.config import Endpoint, Host


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.7:8080", Address("10.0.0.7", 8080)),
        ("Legacy.Acme.test:80", Address("legacy.acme.test", 80)),
        ("[FD00:0::1]:1", Address("fd00::1", 1)),
        ("localhost:65535", Address("localhost", 65_535)),
    ],
)
def test_parse_address__host_and_port__is_read_and_written(text, address):
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "a", ":80", "a:", "a:b", "a:0", "a:65536", "fd00::1:80", "[fd00::1]", "[x]:1", "[fe80::1%eth0]:1",
     "256.0.0.1:1", "1.2.3:1", "a b:1", "a\n:1", "\u0430:1", "a:\u0661", "-a:1", "a:1 #"],
)  # fmt: skip
def test_parse_address__anything_else__is_refused(text):
    with pytest.raises(PlaceInvalid):
        parse_address(text)


@given(st.text(alphabet="ab1.-_*/:[]~%@A \n\u0430#{", max_size=20))
@settings(deadline=None, max_examples=400)
def test_places__what_is_allowed__is_safe_in_a_configuration(text):
    outcomes = 0
    try:
        check_host(text)
        Host.parse(text)
        outcomes += 1
    except PlaceInvalid as error:
        assert error.offset is None or 0 <= error.offset < max(len(text), 1)  # noqa: PT017
    try:
        address = parse_address(text)
        Endpoint("s", address.host, address.port)
        outcomes += 1
    except PlaceInvalid:
        pass
    assert outcomes < 2
