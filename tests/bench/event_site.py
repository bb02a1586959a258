"""An installation that does nothing but carry events: a database, writers, consume processes."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.bench import stack
from tests.bench.proxy import short_folder
from vamp.drivers.events.jetstream_streams import (
    ApiRefused,
    ask,
    dead_stream_of,
    organisations,
    stream_of,
)
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.dsn import Dsn

ROOT: Final = Path(__file__).resolve().parents[2]
WHAT: Final = "bench.event.counted"
APART: Final = 1_000_000_000
"""Each writer numbers its events from a multiple of this."""

READY_S: Final = 60.0
END_S: Final = 15.0


class Site:
    """The installation, and what was emitted and heard there.

    Args:
        folder: of its state.
        variables: of its processes.
        organisation: whose events.

    Attributes:
        organisation: the same.
        seen: numbers of the events that were heard.
        took_us: microseconds from emission to consumer of all that was heard, repetitions too;
            whoever measures may empty it.
        repeated: so often an event was heard that had been heard before.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str], organisation: str) -> None:
        self.organisation = organisation
        self._database = Dsn.parse(variables["VAMP_DATABASE_URL"])
        self._folder = folder
        self._heard_in = folder / "heard"
        self._heard_in.touch()
        self._variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VAMP_")},
            **variables,
            "DJANGO_SETTINGS_MODULE": "vamp.settings",
            "VAMP_STATE_DIR": str(folder),
            "BENCH_HEARD": str(self._heard_in),
            "BENCH_CONSUMER": organisation,
            "BENCH_ORGANISATION": organisation,
            "BENCH_WHAT": WHAT,
        }
        self._read = 0
        self._rest = b""
        self._writers = 0
        self.took_us: list[int] = []
        self.seen: set[int] = set()
        self.repeated = 0

    def start(self, module: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a Python module as a process of the installation."""
        command = [sys.executable, "-m", module, *arguments]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._variables, stdout=log, stderr=log, **options
            )

    def log_tail(self) -> str:
        """Return the end of what the processes said."""
        return (self._folder / "log").read_text()[-2000:]

    def consumer(self) -> subprocess.Popen[bytes]:
        """Start a consume process."""
        return self.start("tests.bench.event_consumer")

    def writer(self) -> Writer:
        """Start a writer."""
        self._writers += 1
        first = str(self._writers * APART)
        process = self.start("tests.bench.event_writer", first, stdin=subprocess.PIPE)
        return Writer(self._writers, process)

    def listen(self) -> int:
        """Read what was heard since the last call; return how many lines, repetitions too."""
        with self._heard_in.open("rb") as file:
            file.seek(self._read)
            lines = (self._rest + (new := file.read())).split(b"\n")
        self._read += len(new)
        self._rest = lines.pop()
        for line in lines:
            number, took_us = line.split()
            self.repeated += int(number) in self.seen
            self.seen.add(int(number))
            self.took_us.append(int(took_us))
        return len(lines)

    def await_heard(self, count: int, *, within_s: float) -> bool:
        """Wait until `count` different events were heard; tell whether they were."""
        until = time.monotonic() + within_s
        while self.listen() or len(self.seen) < count:
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def await_all(self, writers: Iterable[Writer], *, within_s: float) -> bool:
        """Wait until all that `writers` were told is committed, and every event of all was heard."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            self.listen()
            committed = self.committed()
            of_each = Counter(number // APART for number in committed)
            is_emitted = all(of_each[writer.number] == writer.told for writer in writers)
            if is_emitted and committed <= self.seen:
                return True
            time.sleep(0.1)
        return False

    def committed(self) -> set[int]:
        """Return the numbers of all events that were committed."""
        said = "SELECT JSON_VALUE(payload, '$.number') FROM vamp_outboxevent WHERE organisation=%s"
        return {int(number) for (number,) in self._ask(said, self.organisation)}

    def relaying(self) -> int | None:
        """Return the process that holds the relay's lease."""
        for (holder,) in self._ask("SELECT holder FROM vamp_lease WHERE name=%s", "vamp.relay"):
            return int(holder.split(":")[1])
        return None

    def _ask(self, statement: str, *arguments: str) -> Sequence[Any]:
        import MySQLdb

        place = self._database
        with contextlib.closing(
            MySQLdb.connect(
                host=place.host,
                port=place.port or 3306,
                user=place.username,
                password=place.secret,
                database=place.path.strip("/"),
            )
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, arguments)
            found: Sequence[Any] = cursor.fetchall()
        return found


class Writer:
    """A process that emits as many events as it is told to.

    Attributes:
        number: its events are numbered from this times `APART`.
        told: so many it was told to emit.
    """

    def __init__(self, number: int, process: subprocess.Popen[bytes]) -> None:
        self.number = number
        self.process = process
        self.told = 0

    def emit(self, count: int) -> None:
        """Let it emit `count` more, one transaction each."""
        if self.process.stdin is not None and count:
            self.process.stdin.write(b"%d\n" % count)
            self.process.stdin.flush()
            self.told += count

    def finish(self) -> bool:
        """Wait until all was emitted; tell whether it ended well."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        return self.process.wait(END_S) == 0


@contextmanager
def site() -> Iterator[Site]:
    """Make the installation on the real servers; take it away with the block, streams too."""
    variables = stack.variables()
    organisation = f"bench-{secrets.token_hex(4)}"
    with ExitStack() as kept:
        folder = kept.enter_context(short_folder())
        url = kept.enter_context(stack.database())
        kept.callback(_clear, variables, organisation)
        mine = {
            name: value
            for name, value in variables.items()
            if name.startswith("VAMP_") and not name.startswith("VAMP_STACK_")
        }
        made = Site(folder, mine | {"VAMP_DATABASE_URL": url}, organisation)
        migrating = made.start("manage", "migrate", "--verbosity=0")
        if migrating.wait(120):
            raise RuntimeError(made.log_tail())
        yield made


def connection(variables: Mapping[str, str]) -> NatsConnection:
    """Connect to the NATS of `variables`."""
    key_file = variables.get("VAMP_EVENTS_KEY_FILE")
    key = Path(key_file).read_text() if key_file else variables.get("VAMP_EVENTS_KEY", "")
    return NatsConnection(Dsn.parse(variables["VAMP_EVENTS_URL"]), key=key)


def _clear(variables: Mapping[str, str], organisation: str) -> None:
    """Delete the organisation's streams, and its consumer on the streams of others."""
    nats = connection(variables)

    def delete(what: str) -> None:
        with contextlib.suppress(ApiRefused):  # it was never made
            nats.call(lambda client: ask(client, what), timeout_s=10)

    delete(f"STREAM.DELETE.{stream_of(organisation)}")
    delete(f"STREAM.DELETE.{dead_stream_of(organisation)}")
    for other in nats.call(organisations, timeout_s=10):
        delete(f"CONSUMER.DELETE.{stream_of(other)}.{organisation}")
    nats.close()
