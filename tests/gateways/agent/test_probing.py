"""What an answer to a probe must say."""

from __future__ import annotations

import socket

import pytest

from gateways.agent.probing import Prober, answer_fault
from gateways.haproxy.part import Part, Probe

PART = Part("shop", 7, "")


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, b'{"gateway":"shop","generation":7}', ""),
        (200, b'{"gateway":"other","generation":7}', "reached gateway other"),
        (200, b'{"gateway":"shop","generation":6}', "generation 6, not 7"),
        (404, b"<h1>Unknown host</h1>", "something else (status 404)"),
        (200, b"[]", "something else"),
    ],
)
def test_answer_fault__answer__is_compared(status, body, fault):
    found = answer_fault(PART, status, body)

    assert (fault in found) if fault else found == ""


def test_probe__nobody_listens__says_so():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    prober = Prober("127.0.0.1", "secret", lambda: ())

    http = prober.probe(Part("shop", 7, "", probes=(Probe("http", 0, "h.test"),)), shared_port=port)
    tcp = prober.probe(Part("shop", 7, "", probes=(Probe("tcp", port),)), shared_port=0)

    assert f"probe of port {port} got no answer" in http
    assert tcp == f"HAProxy does not listen on port {port}"


def test_probe__listener_of_another_process__is_not_ours():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        found = Prober("127.0.0.1", "s", lambda: ()).probe(
            Part("shop", 7, "", probes=(Probe("tcp", port),)), shared_port=0
        )

    assert found == f"HAProxy does not listen on port {port}"
