from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.demo.connection import Failure, KeepAliveConnection, RequestFailed
from vamp.demo.documents import ROOT
from vamp.demo.service import Behaviour, DemoService, main, parse_head

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
GET_HEALTH = b"GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n"


@asynccontextmanager
async def serving(fail_share=0.0, delay_ms=0.0, draw=lambda: 0.5):
    service = DemoService(Behaviour("shop", "1.0.0", "shop-1", fail_share, delay_ms), draw)
    port = await service.start("127.0.0.1", 0)
    client = KeepAliveConnection(("127.0.0.1", port))
    try:
        yield service, client
    finally:
        client.close()
        await service.stop(drain_s=0)


def test_service__asked_often__answers_all_on_one_connection():
    async def story():
        async with serving() as (_, client):
            return [await client.exchange(GET) for _ in range(50)], client.opened

    answers, opened = asyncio.run(story())

    told = {"service": "shop", "version": "1.0.0", "instance": "shop-1"}
    assert [(each.status, json.loads(each.body)) for each in answers] == [(200, told)] * 50
    assert opened == 1


def test_service__draw_below_its_share__fails_with_a_body_that_names_the_version():
    draws = iter([0.19, 0.5, 0.2, 0.5])

    async def story():
        async with serving(fail_share=0.2, draw=lambda: next(draws)) as (_, client):
            return [await client.exchange(GET) for _ in range(2)]

    failed, fine = asyncio.run(story())

    assert (failed.status, fine.status) == (500, 200)
    assert json.loads(failed.body)["version"] == "1.0.0"


def test_service__always_failing__is_healthy_all_the_same():
    async def story():
        async with serving(fail_share=1.0) as (_, client):
            return (await client.exchange(GET_HEALTH)).status

    assert asyncio.run(story()) == 200


def test_service__stopped_within_a_request__finishes_it_and_closes():
    async def story():
        async with serving(delay_ms=300) as (service, client):
            idle = KeepAliveConnection(client.address)
            await idle.exchange(GET_HEALTH)
            under_way = asyncio.create_task(client.exchange(GET))
            await asyncio.sleep(0.02)
            await service.stop(drain_s=0)
            answer = await under_way
            with pytest.raises(RequestFailed) as refused:
                await idle.exchange(GET)
            return answer, refused.value.failure, idle.closed_while_idle

    answer, failure, closed_while_idle = asyncio.run(story())

    assert (answer.status, answer.values("connection")) == (200, ["close"])
    assert (failure, closed_while_idle) == (Failure.NOT_CONNECTED, 1)


def test_service__draining__still_answers_and_says_so():
    async def story():
        async with serving() as (service, client):
            stopping = asyncio.create_task(service.stop(drain_s=0.1))
            await asyncio.sleep(0)
            answers = [await client.exchange(GET), await client.exchange(GET_HEALTH)]
            await stopping
            return answers, client.opened

    (answer, health), opened = asyncio.run(story())

    assert (answer.status, health.status) == (200, 503)
    assert opened == 2


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000, 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 200),
        (b"HEAD / HTTP/1.1\r\n\r\n", 200),
    ],
)
def test_service__unusual_request__answers(request_bytes, status):
    async def story():
        async with serving() as (_, client):
            return (await client.exchange(request_bytes)).status

    assert asyncio.run(story()) == status


def test_service__requests_in_one_packet__answers_each_in_order():
    async def story():
        async with serving() as (_, client):
            reader, writer = await asyncio.open_connection(*client.address)
            writer.write(GET_HEALTH + GET + b"GET /healthz HTTP/1.0\r\n\r\n")
            received = await reader.read()
            writer.close()
            await writer.wait_closed()
            return received

    received = asyncio.run(story())

    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.index(b"ok\n") < received.index(b'{"service"') < received.rindex(b"ok\n")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_head__any_bytes__is_read_or_refused(head):
    found = parse_head(head)

    assert found.refusal in (0, 400, 501)
    assert found.body_length >= 0


def test_process__told_to_stop__ends_by_itself():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {**os.environ, "PORT": str(port), "PYTHONPATH": str(ROOT), "VAMP_INSTANCE": "a-1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "vamp.demo.service", "--version", "2.0.0", "--delay-ms", "0"],
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None

    listening = process.stdout.readline()
    client = KeepAliveConnection(("127.0.0.1", port))
    answer = asyncio.run(client.exchange(GET))
    client.close()
    process.send_signal(signal.SIGTERM)
    process.stdout.close()

    assert process.wait(10) == 0
    assert listening == f"shop 2.0.0 listens on 127.0.0.1:{port}\n"
    assert json.loads(answer.body)["instance"] == "a-1"


@pytest.mark.parametrize("arguments", [["--version", "1", "--fail", "1.5"], ["--version", "1"], []])
def test_main__cannot_serve__says_why(arguments, monkeypatch, capsys):
    monkeypatch.delenv("PORT", raising=False)

    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
