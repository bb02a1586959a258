from __future__ import annotations

import pytest

from vamp.drivers.kv.vault.credentials import AppRole, Token, parse_credentials
from vamp.errors import Invalid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token:hvs.CAES-x_1", Token("hvs.CAES-x_1")),
        ("token:of:colons", Token("of:colons")),
        (" hvs.CAES-x_1\n", Token("hvs.CAES-x_1")),
        ("approle:role-1:secret-1", AppRole("role-1", "secret-1")),
    ],
)
def test_parse__of_each_form__gives_the_credentials(text, expected):
    assert parse_credentials(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "token:",
        "token:two words",
        "approle:hunter2",
        "approle::hunter2",
        "approle:role:",
        "approle:role:hunter2:more",
        "userpass:ana:hunter2",
        "aHVudGVyMg==",
        "hunter2 hunter2",
        "token:hunter2\x00",
    ],
)
def test_parse__of_no_form__names_the_forms_and_not_the_secret(text):
    with pytest.raises(Invalid) as caught:
        parse_credentials(text)

    fault = caught.value.faults[0]
    assert fault.message == "not a key for Vault"
    assert fault.hint == "give token:<token> or approle:<role_id>:<secret_id>"
    assert "hunter2" not in repr(caught.value)


def test_parse__of_nothing__says_that_there_is_no_key():
    with pytest.raises(Invalid, match="there is no key for Vault; give token:"):
        parse_credentials("")


def test_credentials__shown__keep_their_secret():
    found = [parse_credentials(text) for text in ("token:hunter2", "approle:role:hunter2")]

    assert "hunter2" not in repr(found)
    assert str(found[1]) == "approle:role:hunter2"
