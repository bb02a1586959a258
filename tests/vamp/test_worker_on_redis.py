"""Celery on a Redis of its own: what is killed, flushed, away, urgent or poisonous."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kombu import Connection, pools
from kombu.exceptions import OperationalError

from tests.rivals import wait_until
from tests.servers import Redis, folder, make_certificates
from vamp import broker_url, celery, queues
from vamp.poison import MOST_DELIVERIES

pytestmark = pytest.mark.stack

PROGRAM = Path(__file__).with_name("worker_of_tests.py")


@pytest.fixture(scope="module")
def server():
    with folder() as path:
        server = Redis(path)
        server.start()
        yield server
        server.kill()


@pytest.fixture
def redis(server):
    import redis

    if not server.is_running:
        server.start()
    with redis.Redis(port=server.port) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="module")
def empty_database():
    """A database with our tables, to be copied: messages that come back are counted in it."""
    with folder() as path:
        subprocess.run(
            [sys.executable, str(PROGRAM.parents[2] / "manage.py"), "migrate", "--verbosity=0"],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("VAMP_")},
                "VAMP_STATE_DIR": str(path),
                "DJANGO_SETTINGS_MODULE": "vamp.settings",
            },
            check=True,
        )
        yield path / "vamp.sqlite3"


@pytest.fixture
def tables(empty_database, tmp_path):
    shutil.copy(empty_database, tmp_path)


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "lines"
    path.touch()
    return path


def told(lines):
    return lines.read_text().split("\n")[:-1]


def dead_tasks(tmp_path):
    """Return the task, queue and fate of each that was counted."""
    with closing(sqlite3.connect(tmp_path / "vamp.sqlite3")) as rows:
        return rows.execute("SELECT task, queue, is_put_aside FROM vamp_deadtask").fetchall()


@contextmanager
def worker(server, tmp_path, names="live,regular,slow", threads=1):
    """Run one; it is killed with the block."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VAMP_")}
    environment = kept | {"VAMP_STATE_DIR": str(tmp_path), "VAMP_BROKER_URL": server.url}
    ready = tmp_path / "run" / f"{queues.process_name(queues.named(names))}.ready"
    ready.unlink(missing_ok=True)
    with (tmp_path / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), names, str(threads)],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_until(lambda: ready.exists() or process.poll() is not None, "the worker is ready")
        assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def send(server):
    """Queue a task as any process of ours does."""
    conf = broker_url.described(server.url)
    with Connection(server.url, transport_options=conf["broker_transport_options"]) as connection:

        def queue(name, *args, to=queues.REGULAR):
            return celery.app.send_task(name, args=args, queue=to, connection=connection)

        yield queue


def test_worker__urgent_task_comes_last__is_done_before_all_that_wait(
    server, redis, send, tmp_path, lines
):
    gate = tmp_path / "gate"
    with worker(server, tmp_path):
        send("tests.wait", str(lines), "first", str(gate), to=queues.SLOW)
        wait_until(lambda: told(lines) == ["first begun"], "the slow task has begun")
        for text in ("slow", "slow too"):
            send("tests.note", str(lines), text, to=queues.SLOW)
        send("tests.note", str(lines), "regular")
        send("tests.note", str(lines), "urgent", to=queues.LIVE)
        gate.touch()
        wait_until(lambda: len(told(lines)) == 6, "all are done")

    assert told(lines)[2:] == ["urgent", "regular", "slow", "slow too"]


def test_worker__for_the_live_queue_alone__is_not_in_the_way_of_slow_ones(
    server, redis, send, tmp_path, lines
):
    send("tests.note", str(lines), "slow", to=queues.SLOW)
    with worker(server, tmp_path, names="live"):
        send("tests.note", str(lines), "urgent", to=queues.LIVE)
        wait_until(lambda: told(lines), "the urgent one is done")

    assert told(lines) == ["urgent"]
    assert redis.llen(queues.SLOW) == 1


def test_worker__killed_in_the_middle__its_task_is_done_by_another(
    server, redis, send, tmp_path, lines, tables
):
    gate = tmp_path / "gate"
    with worker(server, tmp_path) as process:
        send("tests.wait", str(lines), "task", str(gate))
        wait_until(lambda: told(lines) == ["task begun"], "it has begun")
        process.kill()
        process.wait()
    gate.touch()
    assert redis.zcard("unacked_index") == 1
    time_passes(redis)

    with worker(server, tmp_path):
        wait_until(lambda: len(told(lines)) == 3, "it is done")
        wait_until(lambda: not redis.zcard("unacked_index"), "and acknowledged")

    assert told(lines) == ["task begun", "task begun", "task ended"]


def time_passes(redis):
    """Make what is not acknowledged look as old as the visibility time-out."""
    for tag in redis.zrange("unacked_index", 0, -1):
        redis.zadd("unacked_index", {tag: 0})


def test_worker__two_of_them__each_task_is_done_once(server, redis, send, tmp_path, lines):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with (
        worker(server, tmp_path / "one", threads=4),
        worker(server, tmp_path / "two", threads=4),
    ):
        for number in range(100):
            send("tests.note", str(lines), str(number))
        wait_until(lambda: len(told(lines)) >= 100, "all are done")
        wait_until(lambda: not redis.zcard("unacked_index"), "and acknowledged")

    assert sorted(told(lines), key=int) == [str(number) for number in range(100)]


@pytest.mark.parametrize("how", ["flushed", "restarted"])
def test_worker__redis_lost_everything__goes_on_with_what_is_asked_anew(
    server, redis, tmp_path, lines, how
):
    with worker(server, tmp_path):
        if how == "flushed":
            redis.flushall()
        else:
            server.restart()
        conf = broker_url.described(server.url)
        with Connection(
            server.url, transport_options=conf["broker_transport_options"]
        ) as connection:
            celery.app.send_task(
                "tests.note", args=[str(lines), "anew"], queue=queues.LIVE, connection=connection
            )
        wait_until(lambda: told(lines) == ["anew"], "it is done")


def test_worker__task_that_kills_it__is_put_aside_and_those_behind_it_are_done(
    server, redis, send, tmp_path, lines, tables
):
    send("tests.die", str(lines), to=queues.SLOW)
    for number in range(1, MOST_DELIVERIES + 1):
        with worker(server, tmp_path) as process:
            wait_until(lambda n=number: len(told(lines)) == n, f"it was tried {number} times")
            process.wait(30)
        time_passes(redis)
    send("tests.note", str(lines), "behind")

    with worker(server, tmp_path):
        wait_until(lambda: "behind" in told(lines), "the one behind it is done")
        # Redis alone cannot tell: between two hands a message is in none of its lists.
        wait_until(
            lambda: dead_tasks(tmp_path) == [("tests.die", "vamp.slow", 1)], "it is put aside"
        )
        wait_until(lambda: not redis.zcard("unacked_index"), "both are acknowledged")

    assert told(lines) == ["died"] * MOST_DELIVERIES + ["behind"]


def forget_connections():
    pools.reset()
    celery.app._pool = None
    celery.app.amqp._producer_pool = None


def test_delay__redis_is_away__says_so_and_works_again_afterwards(server, redis, broker_at):
    from gateways.tasks import publish

    broker_at(server.url)
    publish.delay(7)
    server.kill()

    with pytest.raises(OperationalError):
        publish.delay(7)

    server.start()
    publish.delay(7)
    assert redis.llen(queues.LIVE) == 1


@pytest.fixture
def broker_at(settings):
    """Let this process queue its tasks at a URL, and afterwards where it did before."""

    def at(url):
        celery.configure(url)
        forget_connections()

    yield at
    celery.configure(settings.CELERY_BROKER_URL)
    celery.app.conf.broker_use_ssl = None
    forget_connections()


def test_delay__over_tls_with_a_password__arrives_and_only_at_whom_we_trust(broker_at):
    from gateways.tasks import publish

    with folder() as path:
        make_certificates(path)
        server = Redis(path, tls=path, password="hunter2")
        server.start()
        try:
            broker_at(f"{server.url}?ca={path}/ca.pem")
            publish.delay(7)
            with celery.app.connection_for_read() as connection:
                connection.SimpleQueue(queues.LIVE).get(timeout=10).ack()

            broker_at(f"{server.url}?ca={path}/other.pem")
            with pytest.raises(OperationalError, match="certificate"):
                publish.delay(7)
        finally:
            server.kill()
