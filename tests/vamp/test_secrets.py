import stat
import threading

from vamp.secrets import kept_secret, write_secret


def test_kept_secret__second_time__is_the_same_and_ours_alone(tmp_path):
    first = kept_secret(tmp_path, "key")

    assert kept_secret(tmp_path, "key") == first
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_kept_secret__many_at_once__all_agree(tmp_path):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(kept_secret(tmp_path, "key")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_write_secret__existing_file__is_replaced_and_ours_alone(tmp_path):
    path = tmp_path / "folder" / "token"
    write_secret(path, "one")

    write_secret(path, "two")

    assert path.read_text() == "two\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
