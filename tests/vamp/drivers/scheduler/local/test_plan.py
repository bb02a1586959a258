from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.drivers.scheduler.local.plan import Plan, Running, plan


def one(uid: str, *, current: bool = True, ready: bool = True) -> Running:
    return Running(uid, current, ready)


def test_plan__nothing_runs__starts_all() -> None:
    assert plan(3, []) == Plan(start=3)


def test_plan__as_wanted__does_nothing_ready_or_not() -> None:
    assert plan(2, [one("a"), one("b", ready=False)]) == Plan()


def test_plan__too_many__stops_the_unready_then_the_youngest() -> None:
    running = [one("a"), one("b", ready=False), one("c"), one("d")]

    assert plan(2, running) == Plan(stop=("b", "d"))


def test_plan__outdated_and_all_ready__starts_one_replacement() -> None:
    assert plan(2, [one("a", current=False), one("b", current=False)]) == Plan(start=1)


def test_plan__replacement_not_ready_yet__waits() -> None:
    running = [one("a", current=False), one("b", current=False), one("c", ready=False)]

    assert plan(2, running) == Plan()


def test_plan__replacement_ready__stops_one_outdated() -> None:
    running = [one("a", current=False), one("b", current=False), one("c")]

    assert plan(2, running) == Plan(stop=("a",))


def test_plan__outdated_and_serving_nobody__goes_at_once() -> None:
    running = [one("a", current=False, ready=False), one("b", current=False)]

    assert plan(2, running) == Plan(start=1, stop=("a",))


def test_plan__nothing_wanted__stops_all() -> None:
    assert plan(0, [one("a"), one("b", current=False)]) == Plan(stop=("a", "b"))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 5),
    st.lists(st.tuples(st.booleans(), st.booleans()), max_size=8),
    st.randoms(use_true_random=False),
)
def test_plan__followed_while_instances_turn_ready__arrives_and_never_serves_less(
    wanted: int, flags: list[tuple[bool, bool]], random: object
) -> None:
    running = [Running(f"old{n}", current, ready) for n, (current, ready) in enumerate(flags)]
    serving = min(wanted, sum(item.is_ready for item in running))
    most = max(len(running), wanted + 1)
    started = 0

    for _ in range(200):
        steps = plan(wanted, running)
        assert set(steps.stop) <= {item.uid for item in running}
        running = [item for item in running if item.uid not in steps.stop]
        for _ in range(steps.start):
            started += 1
            running.append(Running(f"new{started}", is_current=True, is_ready=False))
        assert len(running) <= most
        ready = sum(item.is_ready for item in running)
        assert min(wanted, ready) >= serving
        serving = min(wanted, ready)
        unready = [item for item in running if not item.is_ready]
        if unready and steps == Plan():
            lucky = random.choice(unready)  # type: ignore[attr-defined]
            running = [replace(item, is_ready=True) if item is lucky else item for item in running]
        elif steps == Plan():
            break

    assert len(running) == wanted
    assert all(item.is_current and item.is_ready for item in running)
