import io
import threading

from deploy.stack.progress import Progress


def test_progress__said_by_two__has_a_line_each():
    out = io.StringIO()
    progress = Progress(out)

    progress.say("vault", "building")
    progress.voice("redis")("starting")

    assert [line.split() for line in out.getvalue().splitlines()] == [
        ["·", "vault", "building"],
        ["·", "redis", "starting"],
    ]


def test_done__of_what_was_begun__tells_how_long_it_took():
    out = io.StringIO()
    progress = Progress(out)
    progress.say("vault", "building")

    progress.done("vault", "built, in")

    assert out.getvalue().splitlines()[-1].split() == ["·", "vault", "built,", "in", "0", "s"]


def test_reminding__work_that_goes_on__is_said_again():
    out = io.StringIO()
    said_again = _Awaited(out)
    progress = Progress(said_again, reminder_s=0.001)
    progress.say("vault", "building")

    with progress.reminding():
        said_again.await_line("building … 0 s")

    assert "vault" in out.getvalue().splitlines()[-1]


class _Awaited(io.StringIO):
    """Lets a test wait until something was printed."""

    def __init__(self, out: io.StringIO) -> None:
        super().__init__()
        self._out = out
        self._written = threading.Condition()

    def write(self, text: str) -> int:
        with self._written:
            self._written.notify_all()
            return self._out.write(text)

    def await_line(self, part: str) -> None:
        with self._written:
            assert self._written.wait_for(lambda: part in self._out.getvalue(), timeout=30)
