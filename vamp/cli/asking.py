"""What a person is asked at a terminal: to confirm by typing a word, and for secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.session import Session, secret_in


def asked(session: Session, question: str) -> str:
    """Return what a person answers; questions go to standard error, so that pipes stay clean."""
    session.around.stderr.write(question)
    session.around.stderr.flush()
    return session.around.stdin.readline().strip()


def confirm_by(
    session: Session, word: str, purpose: str, *, told: Sequence[str], nothing: str, is_sure: bool
) -> None:
    """Let a person confirm something by typing a word.

    Args:
        session: whose terminal.
        word: that is to be typed.
        purpose: what is typed for, such as ``delete it``.
        told: what becomes of it, a line each, before the question.
        nothing: what is said where another word is typed, such as ``nothing was deleted``.
        is_sure: ``--yes`` was given; nothing is asked.

    Raises:
        Failure: another word was typed, or there is nobody to ask.
    """
    if is_sure:
        return
    if not session.around.asks_a_person:
        raise misused("nobody is here to confirm it: give --yes")
    for line in told:
        session.out.say(line)
    if asked(session, f"type {word} to {purpose}: ") != word:
        raise Failure(f"that is another name: {nothing}", Exit.USAGE)


def password_given(session: Session, file: Path | None, *, missing: str) -> str:
    """Return a password: of a file, of standard input's first line (``-``), or typed twice.

    Args:
        session: whose terminal.
        file: None where it is to be typed.
        missing: what is said where there is neither a file nor anybody to type it.

    Raises:
        Failure: what was typed differs, or see `missing`.
    """
    if file is not None and str(file) == "-":
        return session.around.stdin.readline().rstrip("\r\n")
    if file is not None:
        return secret_in(file)
    first = hidden(session, "password: ", missing=missing)
    if hidden(session, "once more: ", missing=missing) != first:
        raise misused("the two passwords are not the same")
    return first


def hidden(session: Session, question: str, *, missing: str) -> str:
    """Return what a person types without its being seen.

    Raises:
        Failure: there is nobody to type it; it says `missing`.
    """
    if not session.around.asks_a_person:
        raise misused(missing)
    from getpass import getpass

    return getpass(question)
