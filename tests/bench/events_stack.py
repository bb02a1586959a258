"""``events.stack``: outbox → JetStream → consumer while events are emitted, and processes killed."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Sequence
from typing import Any, Final

from tests.bench import event_floor, stack
from tests.bench.event_site import Site, Writer, site
from tests.bench.measurement import Measurement, Target, percentile, rounded
from tests.bench.memory import cpu_seconds
from tests.bench.running import Tell

TARGET_PER_S: Final = 2_000.0
FLOW_S: Final = 12
MOST_WAITING: Final = 2_000
"""As soon as so many events are emitted and not heard, nobody emits more: the backlog is bounded."""

PACED_S: Final = 5
PACED_PER_S: Final = 1_000
KILLED_PER_S: Final = 1_000
WRITERS: Final = 3
FLOOR_EVENTS: Final = 10_000
FLOORS: Final = 3
STEP_S: Final = 0.005
CAUGHT_UP_S: Final = 90.0


def measure(tell: Tell) -> Measurement:
    """Emit as fast as all of it is heard, then slower, then while each process is killed."""
    variables = stack.variables()
    with site() as place:
        crew = [place.consumer(), place.consumer()]
        writers = [place.writer() for _ in range(WRITERS)]
        try:
            _warm_up(place, writers)
            tell("JetStream alone")
            floors = [
                event_floor.per_second(variables, place.organisation, FLOOR_EVENTS)
                for _ in range(FLOORS)
            ]
            tell(f"emitting for {FLOW_S} s")
            pids = [process.pid for process in (*crew, *(writer.process for writer in writers))]
            cpu_s, before = cpu_seconds(pids), len(place.seen)
            rates = _emit(place, writers, for_s=FLOW_S, most_waiting=MOST_WAITING)[1:]
            place.await_heard(_told(writers), within_s=CAUGHT_UP_S)
            each_us = (cpu_seconds(pids) - cpu_s) * 1e6 / (len(place.seen) - before)
            place.took_us.clear()
            tell(f"{PACED_PER_S} a second")
            paced = _emit(place, writers, for_s=PACED_S, per_s=PACED_PER_S)
            took_ms = [took_us / 1000 for took_us in place.took_us]
            killed = _kill_each(place, crew, writers, tell)
            is_emitted = sum(writer.finish() for writer in writers) == len(writers)
        finally:
            _end([*crew, *(writer.process for writer in writers)])
        place.listen()
        committed = place.committed()
        lost = len(committed - place.seen)
        is_right = is_emitted and not lost and killed["is_caught_up"]
    more = {
        "cpu_us_each": rounded(each_us),
        "latency_p50_ms": rounded(percentile(took_ms, 0.5)),
        "latency_p99_ms": rounded(percentile(took_ms, 0.99)),
        "latency_at_per_s": rounded(sum(paced) / len(paced)),
        "events": len(committed),
        "lost": lost,
        "repeated": place.repeated,
        **killed,
    }
    return Measurement(
        rates, "events/s", floors, Target(TARGET_PER_S, at_least=True), is_right, more
    )


def _warm_up(place: Site, writers: Sequence[Writer]) -> None:
    for writer in writers:
        writer.emit(10)
    if not place.await_heard(_told(writers), within_s=60):
        raise TimeoutError(f"the first events did not arrive: {place.log_tail()}")


def _emit(
    place: Site,
    writers: Sequence[Writer],
    *,
    for_s: float,
    most_waiting: int = 1_000_000,
    per_s: float | None = None,
) -> list[int]:
    """Let the writers emit; return how many different events were heard in each second.

    Args:
        place: where.
        writers: who, all at the same pace.
        for_s: for how long.
        most_waiting: emit no more while so many wait.
        per_s: no faster than so; None for no such limit.
    """
    begun, rates, before = time.monotonic(), [], len(place.seen)
    told_before, second = _told(writers), 1
    while (passed := time.monotonic() - begun) < for_s:
        place.listen()
        heard, told = len(place.seen), _told(writers)
        room = most_waiting - (told - heard)
        if per_s is not None:
            room = min(room, int(per_s * passed) - (told - told_before))
        for writer in writers:
            writer.emit(max(0, room // len(writers)))
        if passed >= second:
            rates.append(heard - before)
            before, second = heard, second + 1
        time.sleep(STEP_S)
    place.listen()
    return [*rates, len(place.seen) - before]


def _kill_each(
    place: Site, crew: list[subprocess.Popen[bytes]], writers: list[Writer], tell: Tell
) -> dict[str, Any]:
    """Kill the process that relays, a writer, and the other one, each while events are emitted.

    Each killed process gets a successor, as a supervisor would start it.

    Returns:
        How long it took until all that was emitted around each kill was heard, in seconds.
    """
    took: dict[str, Any] = {}
    is_caught_up = True
    for what in ("relay", "writer", "consumer"):
        tell(f"killing a {what}")
        _emit(place, writers, for_s=1, per_s=KILLED_PER_S)
        begun = time.monotonic()
        if what == "writer":
            _kill(writers[0].process)
            writers[0] = place.writer()
        else:
            relaying = place.relaying()
            mine = next(
                place
                for place, each in enumerate(crew)
                if (each.pid == relaying) == (what == "relay")
            )
            _kill(crew[mine])
            crew[mine] = place.consumer()
        _emit(place, writers, for_s=2, per_s=KILLED_PER_S)
        is_caught_up &= place.await_all(writers, within_s=CAUGHT_UP_S)
        took[f"{what}_killed_s"] = rounded(time.monotonic() - begun)
    return {**took, "is_caught_up": is_caught_up}


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def _told(writers: Sequence[Writer]) -> int:
    return sum(writer.told for writer in writers)


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        process.terminate()
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
