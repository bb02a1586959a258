from __future__ import annotations

import pytest

from tests.vamp.drivers.events.nats_server import free_port, running
from vamp.drivers.events.nats_hints import NatsHints
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortUnavailable

pytestmark = pytest.mark.stack


def hints(url: str) -> NatsHints:
    return NatsHints.from_dsn(Dsn.parse(url))


def test_from_dsn__no_server_or_wrong_key__is_invalid():
    with pytest.raises(Invalid):
        hints("nats:")
    with pytest.raises(Invalid):
        NatsHints.from_dsn(Dsn.parse("nats://far"), key="nonsense")


def test_listen__hints_are_sent__are_heard_and_nothing_else(tmp_path):
    with running(tmp_path) as server:
        speaking, hearing = hints(server.url), hints(server.url)
        ear = hearing.listen("vamp.acme.production.gateways.hint", timeout_s=10)
        assert next(ear) is None

        speaking.send("vamp.acme.staging.gateways.hint", {"n": 1})
        speaking.send("vamp.acme.production.gateways.hint", {"n": 2})
        speaking.send("vamp.acme.production.gateways.hint", {"n": 3})

        assert [next(ear), next(ear)] == [{"n": 2}, {"n": 3}]
        ear.close()
        silent = hearing.listen("vamp.silent", timeout_s=0.05)
        assert [next(silent), next(silent)] == [None, None]
        speaking.close()
        hearing.close()


def test_listen__server_goes_away__is_unavailable_and_works_again(tmp_path):
    with running(tmp_path) as server:
        hearing = hints(server.url)
        ear = hearing.listen("vamp.x", timeout_s=20)
        assert next(ear) is None

        server.kill()
        with pytest.raises(PortUnavailable):
            next(ear)
        with pytest.raises(PortUnavailable):
            next(hearing.listen("vamp.x", timeout_s=1))
        hearing.close()


def test_send__nobody_there__neither_waits_nor_fails():
    hints(f"nats://127.0.0.1:{free_port()}").send("vamp.x", {"n": 1})
