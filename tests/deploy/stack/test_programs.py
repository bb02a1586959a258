import sys

import pytest

from deploy.stack.errors import StackError
from deploy.stack.programs import find, run, tail, unprivileged


def test_find__program_that_is_missing__names_the_package_to_install():
    with pytest.raises(StackError, match=r"no frobnicate: install frobnicate-server"):
        find("frobnicate", package="frobnicate-server")


def test_find__program_of_the_system__is_its_path():
    assert find("sh", package="dash").endswith("/sh")


def test_run__command_that_fails__shows_how_its_output_ends(tmp_path):
    command = [sys.executable, "-c", "print('all is lost'); raise SystemExit(3)"]

    with pytest.raises(StackError, match=r"failed with 3:\n    all is lost"):
        run(command, log=tmp_path / "log")


def test_run__command_that_succeeds__leaves_its_output_in_the_log(tmp_path):
    run([sys.executable, "-c", "print('fine')"], log=tmp_path / "log")

    assert (tmp_path / "log").read_text() == "fine\n"


def test_tail__long_log__is_its_last_lines(tmp_path):
    log = tmp_path / "log"
    log.write_text("".join(f"{number}\n" for number in range(100)))

    assert tail(log, lines=2) == "    98\n    99"
    assert tail(tmp_path / "none") == ""


def test_unprivileged__account_that_is_not_there__is_our_own(tmp_path):
    assert unprivileged("nobody-is-called-so", tmp_path) == ""


def test_unprivileged__folder_closed_to_others__is_our_own(tmp_path):
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)

    assert unprivileged("nobody", closed / "data") == ""
