import pytest

from deploy.stack import command


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VAMP_STACK_DIR", str(tmp_path))
    monkeypatch.setenv("VAMP_STACK_CACHE", str(tmp_path / "cache"))


def test_status__nothing_running__tells_of_each_and_exits_with_1(capsys):
    assert command.main(["status"]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "mariadb", "redis", "nats", "vault", "elasticsearch",
        "etcd", "apiserver", "controller-manager", "scheduler", "kwok",
    ]  # fmt: skip
    assert all(line.endswith("not running") for line in lines)


def test_stop__name_that_nothing_has__tells_the_known_ones(capsys):
    assert command.main(["stop", "mysql"]) == 1

    said = capsys.readouterr().err
    assert "there is no mysql" in said
    assert "mariadb" in said
    assert "kwok" in said


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_end__of_one_that_is_not_running__does_nothing(verb):
    assert command.main([verb, "kubernetes"]) == 0
    assert command.main([verb, "scheduler"]) == 0


def test_start__of_what_was_never_built__says_what_to_do(capsys):
    assert command.main(["start", "nats"]) == 1

    assert "nats has not been built: run `make stack`" in capsys.readouterr().err


def test_down__nothing_running__is_fine():
    assert command.main(["down"]) == 0
