from pathlib import Path

from deploy.stack.state import State, write_private


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_here__folder_named_by_variable__is_that_one(tmp_path):
    assert State.here({"VAMP_STACK_DIR": str(tmp_path)}).folder == tmp_path


def test_here__nothing_said__is_in_the_checkout():
    folder = State.here({}).folder

    assert folder.parts[-2:] == ("var", "stack")
    assert (folder.parents[1] / "manage.py").exists()


def test_secret__asked_for_again__is_the_same(tmp_path):
    first = State(tmp_path).secret("password")

    assert State(tmp_path).secret("password") == first
    assert len(first) >= 32


def test_secret__on_the_disk__is_for_its_owner_only(tmp_path):
    state = State(tmp_path)

    state.secret("seed", lambda: "SUABC")

    assert state.secret_path("seed").read_text() == "SUABC"
    assert mode(state.secret_path("seed")) == 0o600
    assert mode(tmp_path / "secrets") == 0o700


def test_write_private__over_a_file_open_to_all__closes_it(tmp_path):
    path = tmp_path / "stack.env"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "new")

    assert path.read_text() == "new"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]
