import os
import threading

from vamp.doorbell import Doorbell


def test_ring__several_listeners__all_wake(tmp_path):
    bell = Doorbell(tmp_path / "bell")
    with bell.listen() as one, bell.listen() as two:
        bell.ring()

        assert one.wait(1)
        assert two.wait(1)


def test_ring__before_the_wait__is_not_missed(tmp_path):
    bell = Doorbell(tmp_path / "bell")
    with bell.listen() as ear:
        bell.ring()
        bell.ring()

        assert ear.wait(0)
        assert not ear.wait(0)


def test_ring__nobody_listens__does_nothing(tmp_path):
    Doorbell(tmp_path / "bell").ring()


def test_ring__listener_was_killed__its_ear_is_removed(tmp_path):
    folder = tmp_path / "bell"
    folder.mkdir()
    os.mkfifo(folder / "1-dead")

    Doorbell(folder).ring()

    assert list(folder.iterdir()) == []


def test_ring__ten_thousand_times_unheard__never_blocks(tmp_path):
    bell = Doorbell(tmp_path / "bell")
    with bell.listen() as ear:
        for _ in range(10_000):
            bell.ring()

        assert ear.wait(0)


def test_wait__rung_by_another_thread__wakes_before_its_time_out(tmp_path):
    bell = Doorbell(tmp_path / "bell")
    with bell.listen() as ear:
        threading.Timer(0.01, bell.ring).start()

        assert ear.wait(10)


def test_listen__under_constant_rings__is_never_taken_for_dead(tmp_path):
    bell, done = Doorbell(tmp_path / "bell"), threading.Event()

    def ring():
        while not done.is_set():
            bell.ring()

    ringing = threading.Thread(target=ring)
    ringing.start()
    try:
        heard = []
        for _ in range(500):
            with bell.listen() as ear:
                heard.append(ear.wait(5))
    finally:
        done.set()
        ringing.join()

    assert all(heard)
