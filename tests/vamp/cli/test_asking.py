from __future__ import annotations

import io

import pytest

from vamp.cli.asking import asked, confirm_by, hidden, password_given
from vamp.cli.failure import Exit, Failure
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings


def session_of(typed: str = "", *, is_terminal: bool = True) -> Session:
    around = Surroundings(
        stdin=io.StringIO(typed), stdout=io.StringIO(), stderr=io.StringIO(),
        is_terminal=is_terminal,
    )  # fmt: skip
    return Session(Given(), around)


def confirmed(session: Session, *, is_sure: bool = False) -> None:
    confirm_by(
        session, "acme", "remove it", told=["all of it"], nothing="nothing was removed",
        is_sure=is_sure,
    )  # fmt: skip


def test_asked__answered__stands_on_standard_error_alone():
    session = session_of(" yes \n")

    assert asked(session, "sure? ") == "yes"
    assert session.around.stderr.getvalue() == "sure? "
    assert session.around.stdout.getvalue() == ""


def test_confirm_by__the_word_typed__tells_first_what_becomes_of_it():
    session = session_of("acme\n")

    confirmed(session)

    assert session.around.stderr.getvalue() == "all of it\ntype acme to remove it: "


@pytest.mark.parametrize("typed", ["", "globex\n"])
def test_confirm_by__another_word__is_refused(typed):
    with pytest.raises(Failure, match="nothing was removed"):
        confirmed(session_of(typed))


def test_confirm_by__nobody_to_ask__wants_yes_said():
    session = session_of("acme\n", is_terminal=False)

    with pytest.raises(Failure, match="--yes") as caught:
        confirmed(session)
    confirmed(session, is_sure=True)

    assert caught.value.exit is Exit.USAGE
    assert session.around.stderr.getvalue() == ""


def test_password_given__of_a_file_or_a_pipe__is_whole_but_for_the_lines_end(tmp_path):
    file = tmp_path / "pw"
    file.write_text("from a file\n")

    piped = password_given(session_of(" piped \r\nrest"), type(file)("-"), missing="none")

    assert piped == " piped "
    assert password_given(session_of(), file, missing="none") == "from a file"


def test_hidden__nobody_to_type_it__says_what_is_missing(monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda question: f"<{question}>")

    with pytest.raises(Failure, match="give --file"):
        hidden(session_of(is_terminal=False), "secret: ", missing="give --file")
    assert hidden(session_of(), "secret: ", missing="none") == "<secret: >"
