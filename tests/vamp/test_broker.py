import threading
from queue import Empty

import pytest
from kombu import Connection


@pytest.fixture
def channel(tmp_path):
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }
    connection = Connection(
        "filesystem://localhost", transport="vamp.broker:Transport", transport_options=options
    )
    yield connection.channel()
    connection.release()


def test_get__several_messages__come_in_order_and_once(channel):
    for number in range(3):
        channel._put("vamp", {"number": number})

    assert [channel._get("vamp")["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("vamp")


def test_get__another_queue__is_left_alone(channel):
    channel._put("other", {"number": 1})

    with pytest.raises(Empty):
        channel._get("vamp")
    assert channel._size("other") == 1
    assert channel._purge("other") == 1


def run(writers, readers, done):
    for thread in (*writers, *readers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()


def test_get__writers_and_readers_at_once__every_message_is_whole_and_read_once(channel):
    body = {"text": "x" * 20_000}
    found, done = [], threading.Event()

    def write(start):
        for number in range(start, start + 50):
            channel._put("vamp", {**body, "number": number})

    def read():
        while not (done.is_set() and channel._size("vamp") == 0):
            try:
                found.append(channel._get("vamp"))
            except Empty:
                continue

    writers = [threading.Thread(target=write, args=(start,)) for start in (0, 50, 100)]
    readers = [threading.Thread(target=read) for _ in range(2)]
    run(writers, readers, done)

    assert sorted(message["number"] for message in found) == list(range(150))
    assert all(message["text"] == body["text"] for message in found)
