"""A small gateway and an API in Vamp's shapes, to play the demonstration against without Vamp.

Releases walk through steps of `STEP_S` by the clock; the gateway splits by the same clock, so what
the traffic measures is what the API tells.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import responses

from vamp.demo.documents import BROKEN, FIRST, GOOD, STEP_WEIGHTS
from vamp.documents.units import format_percent

URL = "http://127.0.0.1:9"
HERE = f"{URL}/api/v1/organisations/acme/environments/production"
STEP_S = 0.6
GAP_S = 0.1
NAMES = ("testers", "tenth", "half", "all")
PREVIOUS = {GOOD: FIRST, BROKEN: GOOD}


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat()


class StandIn:
    """What runs, since when each release goes on, and what follows for each moment."""

    def __init__(self, folder, *, releases=True):
        self.folder = folder
        self.releases = releases
        self.begun = {}
        self.draw = random.Random(3)

    def versions(self):
        definition = self.folder / "services.yaml"
        if not definition.exists():
            return []
        return list(json.loads(definition.read_text())["services"]["shop"]["versions"])

    def look(self):
        for version in self.versions() if self.releases else ():
            if version != FIRST:
                self.begun.setdefault(version, time.time() + 0.2)

    def steps_of(self, version):
        """Return (index, asked for at, live at) of each step begun, and the end if it is over."""
        begin, now = self.begun[version], time.time()
        count = 2 if version == BROKEN else len(NAMES)
        steps = [(n, begin + n * STEP_S, begin + n * STEP_S + GAP_S) for n in range(count)]
        end = begin + count * STEP_S
        return [each for each in steps if each[1] <= now], end if end <= now else None

    def weights(self):
        """Return the version that has the rest, that which is released, and its share."""
        present, target, weight, tests = FIRST, "", 0, False
        for version in self.begun:
            steps, end = self.steps_of(version)
            if end is not None:
                present = version if version == GOOD else present
            elif steps:
                target, weight, tests = version, STEP_WEIGHTS[steps[-1][0]], True
        return present, target, weight, tests

    def choose(self, head):
        present, target, weight, tests = self.weights()
        cookie = re.search(r"vamp-cohort=(\d+)", head)
        place = int(cookie[1]) if cookie else self.draw.randrange(10_000)
        fresh = "" if cookie else f"Set-Cookie: vamp-cohort={place}; Path=/\r\n"
        to_target = place < weight or (tests and "shop-tester" in head)
        return (target if to_target else present), fresh

    async def serve(self, reader, writer):
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                version, fresh = self.choose(head)
                fails = version == BROKEN and self.draw.random() < 0.2
                body = json.dumps({"version": version})
                status = "500 Internal Server Error" if fails else "200 OK"
                lines = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fresh}\r\n{body}"
                writer.write(lines.encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    def release(self, version):
        steps, end = self.steps_of(version)
        index = steps[-1][0] if steps else 0
        decided = [(at, "running", n) for n, at, _ in steps]
        verdicts = []
        if end is not None:
            over = "rolled_back" if version == BROKEN else "succeeded"
            decided += [(end, "rolling_back" if version == BROKEN else over, index)]
            decided += [(end, over, index)] if version == BROKEN else []
            if version == BROKEN:
                verdicts = [{**self.verdict(index), "verdict": "fail", "at": moment(end)}]
        live_at = steps[-1][2] if steps else None
        return {
            "number": 1 if version == GOOD else 2,
            "source_version": PREVIOUS[version],
            "target_version": version,
            "status": decided[-1][1] if decided else "running",
            "step": index + 1,
            "live_since": moment(live_at) if live_at and live_at <= time.time() else None,
            "steps": [
                {"name": name, "target_weight": format_percent(weight)}
                for name, weight in zip(NAMES, STEP_WEIGHTS, strict=True)
            ],
            "evaluations": verdicts,
            "decisions": [
                {"at": moment(at), "status": status, "step": n + 1, "sentence": f"{status} {n}"}
                for at, status, n in decided
            ],
        }

    @staticmethod
    def verdict(index):
        told = {"step": index + 1, "condition": "errors", "metric": "error_ratio"}
        return {**told, "value": 0.2, "baseline": 0.02, "samples": 80, "sentence": "too many"}

    def answer(self, request):
        self.look()
        path = request.url.removeprefix(HERE)
        number = re.fullmatch(r"/gateways/shop/releases/(\d)", path)
        if number:
            told = self.release(GOOD if number[1] == "1" else BROKEN)
        elif path == "/gateways/shop/releases":
            told = {"results": [self.release(version) for version in reversed(self.begun)]}
        elif path == "/services/shop":
            told = {"versions": [{"version": each, "ready": 2} for each in self.versions()]}
        elif path == "/gateways/shop":
            told = self.gateway()
        else:
            told = {}
        return 200, {}, json.dumps(told)

    def gateway(self):
        routes = [
            {"name": f"shop-{each}", "version": each, "weight": "0%"} for each in self.versions()
        ]
        live = {"is_live": True, "desired": 1, "published": 1, "applied": 2, "agents": 2}
        return {"document": {"routes": routes}, "liveness": {**live, "behind": []}}


@contextmanager
def standing_in(folder, **more):
    """Serve on two ports and answer the API's address; give stand-in and addresses."""
    stand_in, loop = StandIn(folder, **more), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

    servers = [run(asyncio.start_server(stand_in.serve, "127.0.0.1", 0)) for _ in range(2)]
    try:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
            for method in ("GET", "PUT"):
                mocked.add_callback(method, re.compile(re.escape(HERE)), stand_in.answer)
            yield stand_in, [each.sockets[0].getsockname() for each in servers]
    finally:
        for each in servers:
            loop.call_soon_threadsafe(each.close)
        run(asyncio.sleep(0.05))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
