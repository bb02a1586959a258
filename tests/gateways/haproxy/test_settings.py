from __future__ import annotations

import pytest

from gateways.haproxy.settings import AssembleSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"directory": "relative"},
        {"directory": "/a\nb"},
        {"bind_address": "localhost"},
        {"bind_address": "127.0.0.1 name x"},
        {"probe_secret": "short"},
        {"probe_secret": "x" * 20 + ")"},
        {"shared_port": 65_536},
        {"log_port": -1},
        {"socket_directory": "/" + "x" * 80},
        {"runtime_socket": "/" + "x" * 97},
        {"threads": 65},
        {"maxconn": 0},
        {"stop_after_s": 0},
    ],
)
def test_settings__out_of_range_or_unsafe__are_refused(wrong):
    with pytest.raises(ValueError, match=r".+"):
        AssembleSettings(**{"directory": "/d", **wrong})


def test_socket_prefix__folder_too_long_for_a_socket__has_no_path():
    short, long = AssembleSettings("/run/vamp"), AssembleSettings("/" + "x" * 80)

    assert short.socket_prefix == "unix@/run/vamp/"
    assert long.socket_prefix.startswith("abns@vamp-")
    assert len(long.socket_prefix) < 40


def test_bind_host__ipv6__is_in_brackets():
    assert AssembleSettings("/d", bind_address="::1").bind_host == "[::1]"
