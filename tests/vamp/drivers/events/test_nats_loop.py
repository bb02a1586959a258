from __future__ import annotations

import asyncio
import os

from vamp.drivers.events.nats_loop import process_loop


def test_process_loop__same_process__is_one_and_runs():
    loop = process_loop()

    assert process_loop() is loop
    assert asyncio.run_coroutine_threadsafe(asyncio.sleep(0, 7), loop).result(10) == 7


def test_process_loop__forked_child__has_a_loop_of_its_own():
    before = process_loop()
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        loop = process_loop()
        found = asyncio.run_coroutine_threadsafe(asyncio.sleep(0, 7), loop).result(10)
        os.write(writing, b"y" if found == 7 and loop is not before else b"n")
        os._exit(0)

    os.waitpid(pid, 0)
    assert os.read(reading, 1) == b"y"
    os.close(reading)
    os.close(writing)
