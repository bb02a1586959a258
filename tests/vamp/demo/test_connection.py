from __future__ import annotations

import asyncio

import pytest

from vamp.demo.connection import Failure, KeepAliveConnection, RequestFailed

GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def exchanged(answers_of, requests, *, timeout_s=2.0, pause_s=0.05):
    """Send `requests` requests to a server whose n-th connection gives the n-th answers, then ends.

    An answer of None ends the connection at that request; "hang" never answers.
    """
    connections = iter(answers_of)

    async def on_connection(reader, writer):
        for answer in next(connections):
            await reader.readuntil(b"\r\n\r\n")
            if answer is None:
                break
            if answer == "hang":
                await reader.read()
                break
            writer.write(answer)
            await writer.drain()
        writer.close()

    async def story():
        server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
        client = KeepAliveConnection(server.sockets[0].getsockname(), timeout_s=timeout_s)
        results = []
        for _ in range(requests):
            try:
                results.append((await client.exchange(GET)).status)
            except RequestFailed as error:
                results.append(error.failure)
            await asyncio.sleep(pause_s)
        client.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.01)
        return results, client.opened, client.closed_while_idle

    return asyncio.run(story())


def test_exchange__server_closes_while_idle__opens_another_without_a_failure():
    results, opened, closed_while_idle = exchanged([[OK, OK], [OK]], requests=3)

    assert results == [200, 200, 200]
    assert (opened, closed_while_idle) == (2, 1)


def test_exchange__server_says_close__opens_another_and_counts_none_as_idle():
    results, opened, closed_while_idle = exchanged([[LAST], [LAST], [OK]], requests=3)

    assert results == [200, 200, 200]
    assert (opened, closed_while_idle) == (3, 0)


def test_exchange__connection_ends_after_sending__has_failed_and_is_not_sent_again():
    results, opened, _ = exchanged([[OK, None], [OK]], requests=3)

    assert results == [200, Failure.NO_ANSWER, 200]
    assert opened == 2


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Le", Failure.CUT_SHORT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", Failure.CUT_SHORT),
        (b"SSH-2.0-OpenSSH\r\n\r\n", Failure.GARBLED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Failure.GARBLED),
        (b"x" * 70_000, Failure.GARBLED),
    ],
)
def test_exchange__no_whole_answer__has_failed_in_its_way(answer, failure):
    results, opened, _ = exchanged([[answer], [OK]], requests=2)

    assert results == [failure, 200]
    assert opened == 2


def test_exchange__no_answer_in_time__has_failed():
    results, opened, _ = exchanged([["hang"], [OK]], requests=2, timeout_s=0.2)

    assert results == [Failure.TIMED_OUT, 200]
    assert opened == 2


def test_exchange__nobody_listens__has_failed():
    async def story():
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        server.close()
        await server.wait_closed()
        await KeepAliveConnection(address).exchange(GET)

    with pytest.raises(RequestFailed) as failed:
        asyncio.run(story())

    assert failed.value.failure is Failure.NOT_CONNECTED
