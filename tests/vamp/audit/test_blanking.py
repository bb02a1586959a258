"""The second net: nothing that looks like a secret passes, and what does not is left alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vamp.audit.blanking import BLANK, DEEPEST, blanked, is_secret_name

SECRET = "hunter2-very-secret"


@pytest.mark.parametrize(
    "name",
    [
        "password", "PASSWORD", "userPassword", "db_password", "api_key", "apiKey", "API-KEY",
        "secret", "client_secret", "privateKey", "credentials", "Authorization", "salt",
        "recovery_codes", "session_key", "access_token", "KV_KEY", "set-cookie", "totp_secret",
        "signing-key", "token_text",
    ],
)  # fmt: skip
def test_blanked__value_under_a_secret_name__is_blanked(name):
    assert blanked({name: SECRET}) == {name: BLANK}
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "name", "sticky", "cookie", "token", "key", "weight", "secret_name", "keys", "kv_url",
        "monkey", "salted_caramel_route_name", "passwords_set", "tokens", "password_policy", "",
    ],
)  # fmt: skip
def test_blanked__value_under_another_name__stays(name):
    assert blanked({name: "plain"}) == {name: "plain"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nats://ana:hunter2@h:4222", f"nats://ana:{BLANK}@h:4222"),
        ("see redis://:hunter2@h/0 there", f"see redis://:{BLANK}@h/0 there"),
        ("elasticsearch://h:9200/v?tls=off&api_key=hunter2", f"elasticsearch://h:9200/v?tls=off&api_key={BLANK}"),
        ("https://h/x?token=hunter2#a", f"https://h/x?token={BLANK}#a"),
        ("Authorization: Bearer hunter2hunter2hunter2", f"Authorization: Bearer {BLANK}"),
        ("-----BEGIN PRIVATE KEY-----\nMIIhunter2\n-----END PRIVATE KEY-----", BLANK),
        ("http://h:8080/path", "http://h:8080/path"),
        ("mail ana@example.com: hello", "mail ana@example.com: hello"),
    ],
)  # fmt: skip
def test_blanked__secret_within_a_text__is_blanked_alone(text, expected):
    assert blanked({"url": text}) == {"url": expected}


def test_blanked__nested__is_blanked_at_any_depth():
    given_ = {"a": [{"password": SECRET}, {"b": ({"apiKey": SECRET},)}], "secrets": {"kv": SECRET}}

    assert blanked(given_) == {
        "a": [{"password": BLANK}, {"b": [{"apiKey": BLANK}]}],
        "secrets": {"kv": BLANK},
    }


def test_blanked__whether_there_is_one__is_no_secret():
    assert blanked({"password": "", "secret": None, "otp": False, "credentials": []}) == {
        "password": "", "secret": None, "otp": False, "credentials": [],
    }  # fmt: skip


def test_blanked__deeper_than_we_look__goes_as_a_whole():
    value: object = SECRET
    for _ in range(DEEPEST + 2):
        value = {"a": value}

    assert SECRET not in json.dumps(blanked({"a": value}))


def test_blanked__what_json_has_no_form_for__becomes_text():
    assert blanked({"a": float("nan"), "b": {1}, "c": object}) == {
        "a": "nan", "b": [1], "c": str(object),
    }  # fmt: skip


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_blanked__twice__changes_nothing_more(content):
    once = blanked(content)

    assert blanked(once) == once
    json.dumps(once, allow_nan=False)
