from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager

from vamp.demo.connection import Answer
from vamp.demo.ledger import Caller, Ledger
from vamp.demo.service import Behaviour, DemoService
from vamp.demo.traffic import CallerState, Load, Traffic, version_told


@contextmanager
def servers(on_connection, count):
    """Serve on `count` free ports from a thread; give their addresses."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

    found = [run(asyncio.start_server(on_connection, "127.0.0.1", 0)) for _ in range(count)]
    try:
        yield [each.sockets[0].getsockname() for each in found]
    finally:
        for each in found:
            loop.call_soon_threadsafe(each.close)
        run(asyncio.sleep(0.05))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def answer(body, *headers):
    head = "".join(f"{line}\r\n" for line in (f"Content-Length: {len(body)}", *headers))
    return f"HTTP/1.1 200 OK\r\n{head}\r\n{body}".encode()


def until(is_so, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.01)


def test_traffic__two_agents__keeps_its_pace_alternates_and_keeps_cookies():
    heads = []

    async def on_connection(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            heads.append((writer.get_extra_info("sockname")[1], head.decode()))
            fresh = () if b"Cookie:" in head else (f"Set-Cookie: vamp-cohort={len(heads)}; Path=/",)
            writer.write(answer('{"version": "1.0.0"}', *fresh))

    async def guarded(reader, writer):
        try:
            await on_connection(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    ledger = Ledger()
    load = Load(clients=3, rate=120, visitors=2, users=1, testers=1)
    with servers(guarded, 2) as agents:
        traffic = Traffic(agents, "shop.acme.test", ledger, load)
        traffic.start()
        until(lambda: len(ledger.records()) >= 120)
        traffic.stop()
    records = ledger.records()

    assert not [each for each in records if each.has_failed]
    assert len(heads) == len(records)
    assert all("Host: shop.acme.test\r\n" in head for _, head in heads)
    spent_s = records[-1].sent_at - records[0].sent_at
    assert len(records) / spent_s < 140
    assert Counter(each.caller for each in records)[Caller.ANONYMOUS] * 2 in range(
        len(records) - 12, len(records) + 13
    )
    shares = Counter(each.agent for each in records)
    assert len(shares) == 2
    assert max(shares.values()) - min(shares.values()) <= 12
    _assert_each_user_keeps_its_cookie(heads, records)
    assert sum(each.opened for each in traffic.connections) == 6


def _assert_each_user_keeps_its_cookie(heads, records):
    users = {each.user for each in records if each.user}
    cookies = [head.partition("Cookie: ")[2].partition("\r\n")[0] for _, head in heads]
    turns = Counter(each.user for each in records if each.user)
    assert len(users) == 3
    # The first request of each user has no cookie; all later ones have the one it was given.
    assert sorted(Counter(filter(None, cookies)).values()) == sorted(n - 1 for n in turns.values())


def test_traffic__users__reach_every_agent_in_turn():
    seen = defaultdict(list)
    ledger = Ledger()

    async def on_connection(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer('{"version": "1.0.0"}'))
        except asyncio.IncompleteReadError:
            writer.close()

    with servers(on_connection, 2) as agents:
        traffic = Traffic(agents, "shop", ledger, Load(clients=2, rate=200))
        traffic.start()
        until(lambda: len(ledger.records()) >= 100)
        traffic.stop()
    for each in ledger.records():
        if each.user:
            seen[each.user].append(each.agent)

    assert len(seen) == 6
    assert all(
        first != second for agents in seen.values() for first, second in itertools.pairwise(agents)
    )


def test_traffic__server_that_dies_midway__counts_exactly_what_it_left_unanswered():
    lock, left_unanswered, asked = threading.Lock(), 0, 0

    async def on_connection(reader, writer):
        nonlocal left_unanswered, asked
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                with lock:
                    asked += 1
                    dies = asked % 7 == 0
                    left_unanswered += dies
                if dies:
                    break
                # Every fifth answer ends the connection while it is idle, which is no failure.
                writer.write(answer("{}"))
                if asked % 5 == 0:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    ledger = Ledger()
    with servers(on_connection, 1) as agents:
        traffic = Traffic(agents, "shop", ledger, Load(clients=2, rate=200))
        traffic.start()
        until(lambda: len(ledger.records()) >= 150)
        traffic.stop()
    failed = [each for each in ledger.records() if each.has_failed]

    assert left_unanswered > 10
    assert len(failed) == left_unanswered
    assert {each.failure for each in failed} == {"connection ended without an answer"}
    assert sum(each.closed_while_idle for each in traffic.connections) > 10


def test_traffic__against_the_service__names_versions_and_failures():
    draws = iter(range(1_000_000))

    async def started():
        service = DemoService(Behaviour("shop", "9.9.9", "a", 0.5), lambda: next(draws) // 2 % 2)
        return service, await service.start("127.0.0.1", 0)

    loop = asyncio.new_event_loop()
    service, port = loop.run_until_complete(started())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    ledger = Ledger()
    traffic = Traffic([("127.0.0.1", port)], "shop", ledger, Load(clients=2, rate=200))

    traffic.start()
    until(lambda: len(ledger.records()) >= 50)
    traffic.stop()
    asyncio.run_coroutine_threadsafe(service.stop(0), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    records = ledger.records()

    assert {each.version for each in records} == {"9.9.9"}
    failed = [each for each in records if each.has_failed]
    assert abs(2 * len(failed) - len(records)) <= 1
    assert ledger.recent().failed == {"9.9.9": len(failed)}


def test_caller__visitor__keeps_no_cookie():
    given = Answer(200, (("set-cookie", "vamp-cohort=1; Path=/"), ("set-cookie", "a=b")), b"")
    visitor, user = CallerState(Caller.ANONYMOUS), CallerState(Caller.USER, "u")

    for each in (visitor, user):
        each.keep(given)

    assert b"Cookie" not in visitor.request("shop")
    assert b"\r\nCookie: vamp-cohort=1; a=b\r\n" in user.request("shop")


def test_caller__tester__says_so():
    assert b"User-Agent: shop-tester\r\n" in CallerState(Caller.TESTER).request("shop")


def test_version__of_other_bodies__is_empty():
    assert [version_told(each) for each in (b"<html>", b"[1]", b"{}", b"\xff")] == [""] * 4


def test_traffic__balanced_and_one_agent_takes_no_connection__the_other_is_asked():
    ledger = Ledger()

    async def on_connection(reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer('{"version": "1.0.0"}'))
        except asyncio.IncompleteReadError:
            writer.close()

    with servers(on_connection, 1) as agents, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        load = Load(clients=2, rate=200, is_balanced=True)
        traffic = Traffic([agents[0], taken.getsockname()], "shop", ledger, load)
        traffic.start()
        until(lambda: len(ledger.records()) >= 20)
        traffic.stop()

    assert not [each for each in ledger.records() if each.has_failed]
    assert {each.agent for each in ledger.records()} == {"{}:{}".format(*agents[0])}
