import contextlib
import io
import json

from tests.bench.measurement import Measurement, Target
from tests.bench.running import run


@contextlib.contextmanager
def silent(name):
    yield lambda text: None


def good(tell):
    tell("measuring")
    return Measurement([2.0], "ms", [1.0], Target(5))


def slow(tell):
    return Measurement([9.0], "ms", [1.0], Target(5))


def broken(tell):
    raise OSError("no HAProxy here")


def test_run__one_bench_cannot_run__has_its_error_and_the_others_their_numbers():
    out = io.StringIO()

    failed = run(["broken", "good"], {"good": good, "broken": broken}, out, silent)

    first, second = map(json.loads, out.getvalue().splitlines())
    assert failed == 1
    assert (first["name"], first["error"]) == ("broken", "OSError: no HAProxy here")
    assert (second["name"], second["median"], second["ok"]) == ("good", 2.0, True)


def test_run__target_is_missed__says_so_and_counts_as_run():
    out = io.StringIO()

    failed = run(["slow"], {"slow": slow}, out, silent)

    assert failed == 0
    assert json.loads(out.getvalue())["ok"] is False
