"""``authorise.warm``: may somebody with a thousand bindings do this? Asked again and again."""

from __future__ import annotations

import time

from tenants import authorisation
from tenants.authorisation import authority_of, may
from tenants.domain.authority import Target
from tests.bench.access import gateway_name, queries_of, reread, user_with
from tests.bench.measurement import Measurement, rounded
from tests.bench.measurement import Target as Goal
from tests.bench.rows import new_environment
from tests.bench.running import Tell, timed_ms

ROUNDS = 200
EACH = 50
"""Questions of a round: about one gateway after the other, every other of them refused."""


def measure(bindings: int, tell: Tell) -> Measurement:
    """Ask a principal with so many bindings; right means: at most two queries cold, none warm."""
    tell("giving the bindings")
    environment = new_environment()
    user = user_with(environment, "ana", bindings)
    asked = [
        (right, Target(environment.name, gateway_name(number * 7 % bindings), _no_label))
        for number in range(EACH // 2)
        for right in ("gateway.release", "user.create")
    ]
    authorisation.forget()
    cold = queries_of(lambda: may(reread(user), *asked[0]), environment.database)
    warm = queries_of(lambda: [may(user, *each) for each in asked], environment.database)
    authorisation.forget()
    cold_ms = timed_ms(lambda: authority_of(reread(user)))
    samples, floors = [], []
    for number in range(ROUNDS):
        tell(f"round {number + 1} of {ROUNDS}")
        samples.append(timed_ms(lambda: [may(user, *each) for each in asked]) * 1000 / EACH)
        floors.append(_floor_us(user.organisation.access_generation if user.organisation else 0))
    return Measurement(
        samples,
        "µs",
        floors,
        Goal(50),
        is_right=cold <= 2 and warm == 0,
        more={"cold_queries": cold, "warm_queries": warm, "cold_ms": rounded(cold_ms)},
    )


def _no_label() -> dict[str, object]:
    return {"team": "none"}


def _floor_us(generation: int) -> float:
    """Look one thing up in a dictionary, by a key of two, and read the clock once."""
    held = {("user", generation): generation}
    begun = time.perf_counter()
    for _ in range(EACH):
        time.time()
        held.get(("user", generation))
    return (time.perf_counter() - begun) * 1_000_000 / EACH
