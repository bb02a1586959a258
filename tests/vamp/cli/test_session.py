from __future__ import annotations

import io
from pathlib import Path

import pytest

from vamp.cli.contexts import Context, Contexts, config_path
from vamp.cli.failure import Exit, Failure
from vamp.cli.session import Given, Session, address_of, secret_given
from vamp.cli.surroundings import Surroundings


def session(tmp_path, environ=None, **given):
    environ = {"HOME": str(tmp_path), **(environ or {})}
    named = {
        "a": Context("https://a.test", "acme", "prod", "token-a"),
        "b": Context("https://b.test", "globex", "", "token-b"),
    }
    Contexts(config_path(None, environ), "a", named).save()
    return Session(Given(**given), Surroundings(environ=environ))


def test_settings__file_alone__are_the_current_contexts(tmp_path):
    found = session(tmp_path)

    assert (found.server, found.organisation, found.environment, found.token) == (
        "https://a.test", "acme", "prod", "token-a",
    )  # fmt: skip


def test_settings__variable_over_file__and_flag_over_variable(tmp_path):
    environ = {"VAMP_ENVIRONMENT": "test", "VAMP_ORGANISATION": "initech"}

    assert session(tmp_path, environ).environment == "test"
    assert session(tmp_path, environ).organisation == "initech"
    assert session(tmp_path, environ, environment="dev").environment == "dev"
    assert session(tmp_path, environ, organisation="x").organisation == "x"


def test_environment__with_its_organisation__sets_both(tmp_path):
    found = session(tmp_path, environment="globex/dev")

    assert (found.organisation, found.environment) == ("globex", "dev")


def test_context__asked_for__is_used(tmp_path):
    assert session(tmp_path, context="b").token == "token-b"
    assert session(tmp_path, {"VAMP_CONTEXT": "b"}).server == "https://b.test"


def test_context__unknown__is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(Failure, match="there are: a, b"):
        _ = session(tmp_path, context="c").server


def test_token__another_server__is_not_given_to_it(tmp_path):
    found = session(tmp_path, server="https://evil.test")

    assert found.token == ""
    with pytest.raises(Failure) as caught:
        _ = found.api
    assert caught.value.exit is Exit.NOT_ALLOWED


def test_token__file_of_a_variable__is_read(tmp_path):
    (tmp_path / "t").write_text("abc\n")

    assert session(tmp_path, {"VAMP_TOKEN_FILE": str(tmp_path / "t")}).token == "abc"
    assert session(tmp_path, {"VAMP_TOKEN": "xyz"}).token == "xyz"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("vamp.acme.test", "https://vamp.acme.test"),
        ("localhost:8000", "http://localhost:8000"),
        ("https://v.test/api/v1/", "https://v.test"),
    ],
)
def test_address__as_people_write_it__is_completed(text, address):
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "ftp://x", "https://", "https://me:secret@v.test"])
def test_address__that_is_none__is_refused(text):
    with pytest.raises(Failure):
        address_of(text)


def test_output__unknown__is_refused(tmp_path):
    with pytest.raises(Failure, match="table, json, yaml, name"):
        _ = session(tmp_path, output="xml").output


def test_flags__right_over_left__keep_what_was_not_given():
    outer = Given(context="a", output="json")

    assert Given(output="yaml").over(outer) == Given(context="a", output="yaml")


def test_within__elsewhere__shares_the_connection(tmp_path):
    found = session(tmp_path)
    api = found.api

    other = found.within(environment="acme/dev")

    assert other.environment == "dev"
    assert other.api is api


def test_secret_given__in_a_file_or_in_a_pipe__is_read_whole(tmp_path):
    (tmp_path / "creds").write_text("-----BEGIN-----\nabc\n\n")
    around = Surroundings(environ={"HOME": "/nowhere"}, stdin=io.StringIO("one\ntwo\n"))
    session = Session(Given(), around)

    assert secret_given(session, tmp_path / "creds") == "-----BEGIN-----\nabc"
    assert secret_given(session, Path("-")) == "one\ntwo"
    assert secret_given(session, None) == ""
    with pytest.raises(Failure, match="nothing in standard input"):
        secret_given(session, Path("-"))
