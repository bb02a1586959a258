"""Streams of server-sent events wait for the doorbell and ask nothing in between."""

from __future__ import annotations

import asyncio
import re

from vamp.api.sse import RETRY_MS, Ears, Frame, end_streams, stream
from vamp.doorbell import Doorbell


class Log:
    """Something to read by position that counts how often it is asked."""

    def __init__(self, *positions):
        self.positions = list(positions)
        self.asked = 0

    @staticmethod
    def text(position):
        return Frame(str(position), "thing.changed", {"n": position}).text()

    async def read(self, after):
        self.asked += 1
        return [(n, Frame(str(n), "thing.changed", {"n": n})) for n in self.positions if n > after]


async def _until(parts, wanted):
    """Return what came, up to the part that holds `wanted`."""
    found = []
    async with asyncio.timeout(10):
        async for part in parts:
            found.append(part)
            if wanted in part:
                break
    return found


def _run(main, folder):
    bell = Doorbell(folder)
    asyncio.run(main(bell, Ears(bell)))


def test_stream__position_without_an_event__is_gone_on_from_and_not_told(tmp_path):
    asked = []

    async def read(after):
        asked.append(after)
        return {0: [(4, None)], 4: [(5, Frame("5", "thing.changed", {})), (9, None)]}.get(after, [])

    async def main(bell, ears):
        parts = stream(ears, read, after=0, heartbeat_s=0.005)

        found = await _until(parts, b": heartbeat")

        assert found[1] == Frame("5", "thing.changed", {}).text()
        assert asked == [0, 4, 9]

    _run(main, tmp_path)


def test_frame__text__is_one_event():
    frame = Frame("7", "gateway.changed", {"name": "a\nb"})

    assert frame.text() == b'id: 7\nevent: gateway.changed\ndata: {"name":"a\\nb"}\n\n'


def test_stream__what_is_there_already__comes_at_once_and_in_order(tmp_path):
    async def main(bell, ears):
        parts = stream(ears, Log(3, 5, 8).read, after=3)

        found = await _until(parts, b"id: 8")

        assert found[0] == b": connected\n\n"
        assert b"id: 3\n" not in b"".join(found)
        assert b"".join(found).index(b"id: 5\n") < b"".join(found).index(b"id: 8\n")

    _run(main, tmp_path)


def test_stream__ring__brings_what_is_new(tmp_path):
    async def main(bell, ears):
        log = Log()
        parts = stream(ears, log.read, after=0, heartbeat_s=5)
        await anext(parts)
        task = asyncio.create_task(_until(parts, b"id: 1"))
        while not log.asked:
            await asyncio.sleep(0)

        log.positions.append(1)
        bell.ring()

        assert await task

    _run(main, tmp_path)


def test_stream__nothing_rings__beats_without_asking(tmp_path):
    async def main(bell, ears):
        log = Log()
        parts = stream(ears, log.read, after=0, heartbeat_s=0.005, look_again_s=1000)

        beats = [await anext(parts) for _ in range(20)]

        assert beats[1:] == [b": heartbeat\n\n"] * 19
        assert log.asked == 1

    _run(main, tmp_path)


def test_stream__lost_ring__is_made_up_for(tmp_path):
    async def main(bell, ears):
        log = Log()
        parts = stream(ears, log.read, after=0, heartbeat_s=0.005, look_again_s=0.02)
        await anext(parts)
        await anext(parts)

        log.positions.append(1)

        assert await _until(parts, b"id: 1")

    _run(main, tmp_path)


def test_stream__old_enough__ends(tmp_path):
    async def main(bell, ears):
        parts = stream(ears, Log(1).read, after=0, heartbeat_s=0.005, longest_s=0.02)

        assert [part async for part in parts][:2] == [b": connected\n\n", Log.text(1)]
        assert list(tmp_path.iterdir()) == []

    _run(main, tmp_path)


def test_ears__many_streams__share_one_listener_and_leave_none(tmp_path):
    async def main(bell, ears):
        logs = [Log() for _ in range(5)]
        streams = [stream(ears, log.read, after=0, heartbeat_s=5) for log in logs]
        for parts in streams:
            await anext(parts)
        assert len(list(tmp_path.iterdir())) == 1

        tasks = [asyncio.create_task(_until(parts, b"id: 1")) for parts in streams]
        while not all(log.asked for log in logs):
            await asyncio.sleep(0)
        for log in logs:
            log.positions.append(1)
        bell.ring()
        assert all(await asyncio.gather(*tasks))

        for parts in streams:
            await parts.aclose()
        assert list(tmp_path.iterdir()) == []

    _run(main, tmp_path)


def test_end_streams__process_ends__each_stream_ends_with_a_hint_when_to_come_back(tmp_path):
    async def main(bell, ears):
        parts = [stream(ears, Log(1).read, after=0) for _ in range(3)]
        for each in parts:
            await _until(each, b"id: 1")
        rest = [asyncio.ensure_future(_all(each)) for each in parts]
        await asyncio.sleep(0)

        end_streams()

        async with asyncio.timeout(10):
            hints = [b"".join(await each) for each in rest]
        for hint in hints:
            retry_ms = int(re.fullmatch(rb"retry: (\d+)\n\n", hint)[1])
            assert RETRY_MS[0] <= retry_ms <= RETRY_MS[1]

    _run(main, tmp_path)


async def _all(parts):
    return [part async for part in parts]


def test_stream__process_is_ending__is_not_kept_open(tmp_path):
    async def main(bell, ears):
        ears.end()
        log = Log(1)

        async with asyncio.timeout(10):
            found = await _all(stream(ears, log.read, after=0))

        assert found[0] == b": connected\n\n"
        assert found[1].startswith(b"retry: ")
        assert log.asked == 0

    _run(main, tmp_path)


def test_stream__leave_taken_away__ends_without_a_further_read(tmp_path):
    async def main(bell, ears):
        log, leave = Log(1), [True, True, False]

        async def goes_on():
            return leave.pop(0)

        parts = stream(ears, log.read, after=0, heartbeat_s=60, goes_on=goes_on, ask_again_s=0.02)
        async with asyncio.timeout(10):
            found = [part async for part in parts]

        assert found == [b": connected\n\n", log.text(1)]
        assert leave == []
        assert log.asked == 2  # the event, and that there is no other

    _run(main, tmp_path)


def test_stream__rings_without_end__asks_for_leave_no_more_often_than_agreed(tmp_path):
    async def main(bell, ears):
        asked = []

        async def goes_on():
            asked.append(1)
            return True

        async def ring():
            while True:
                bell.ring()
                await asyncio.sleep(0.002)

        ringing = asyncio.create_task(ring())
        parts = stream(
            ears, Log().read, after=0, heartbeat_s=60, longest_s=0.5, goes_on=goes_on,
            ask_again_s=0.2,
        )  # fmt: skip
        async with asyncio.timeout(10):
            _ = [part async for part in parts]
        ringing.cancel()

        assert 1 <= len(asked) <= 2

    _run(main, tmp_path)
