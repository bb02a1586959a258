from policies.domain.progress import Progress
from policies.domain.verdict import judge
from tests.policies.domain.plans import START, at, bad, condition, good, seconds

SLIDING = condition(window=seconds(30), interval=seconds(10))


def after(progress, wanted, answer, now):
    return progress.after(wanted, judge(wanted, answer(progress.window(0, wanted))), now)


def test_window__beginning__starts_behind_grace():
    wanted = condition(grace=seconds(5))

    window = Progress.beginning(wanted, START).window(0, wanted)

    assert (window.start, window.end) == (at(5), at(15))


def test_window__interval_shorter__slides_and_never_begins_before_the_step():
    progress, windows = Progress.beginning(SLIDING, START), []

    for now in (10, 20, 30, 40, 50):
        window = progress.window(0, SLIDING)
        windows.append((window.start, window.end))
        progress = after(progress, SLIDING, good, at(now))

    assert windows == [
        (at(0), at(10)),
        (at(0), at(20)),
        (at(0), at(30)),
        (at(10), at(40)),
        (at(20), at(50)),
    ]
    assert progress.successes == 3


def test_after__answer_awaited__stays_as_it_is():
    wanted = condition()
    progress = Progress.beginning(wanted, START)

    assert after(progress, wanted, lambda each: good(each, is_complete=False), at(99)) == progress


def test_after__late_answer__next_is_the_latest_on_the_grid():
    wanted = condition()

    progress = after(Progress.beginning(wanted, START), wanted, good, at(47))

    assert (progress.judged_until, progress.due) == (at(10), at(40))


def test_after__early_answer__next_is_one_interval_on():
    wanted = condition()

    progress = after(Progress.beginning(wanted, START), wanted, bad, at(10))

    assert (progress.judged_until, progress.due, progress.failures) == (at(10), at(20), 1)


def test_is_met__enough_in_a_row_but_not_up_to_the_minimum__is_not():
    wanted = condition()
    progress = after(Progress.beginning(wanted, START), wanted, good, at(10))

    assert progress.is_met(wanted, at(10))
    assert not progress.is_met(wanted, at(11))


def test_is_spent__as_many_failures_as_tolerated__is_not():
    wanted = condition(failures=1)
    once = after(Progress.beginning(wanted, START), wanted, bad, at(10))
    twice = after(once, wanted, bad, at(20))

    assert not once.is_spent(wanted)
    assert twice.is_spent(wanted)
