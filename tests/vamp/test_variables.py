import re
from pathlib import Path

import pytest

from vamp import variables
from vamp.errors import Invalid


def test_load__nothing_set__everything_is_embedded(monkeypatch):
    for name in variables.Variables.model_fields:
        monkeypatch.delenv(f"VAMP_{name.upper()}", raising=False)

    found = variables.load()

    assert (found.events_url, found.metrics_url, found.kv_url) == ("db:", "db:", "")


def test_load__several_wrong__every_one_is_told_with_the_allowed_schemes(monkeypatch):
    monkeypatch.setenv("VAMP_KV_URL", "redis://:hunter2@nowhere")
    monkeypatch.setenv("VAMP_SHARED_PORT", "99999")

    with pytest.raises(Invalid) as caught:
        variables.load()

    pointers = {fault.pointer for fault in caught.value.faults}
    assert pointers == {"VAMP_KV_URL", "VAMP_SHARED_PORT"}
    assert "file:" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_load__secret_in_a_file__is_read(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setenv("VAMP_SECRET_KEY_FILE", str(tmp_path / "key"))

    assert variables.load().secret_key == "s3cret"


def test_documentation__of_settings__names_each_variable():
    page = Path("docs/settings.md").read_text()

    documented = set(re.findall(r"`(VAMP_[A-Z_]+)`", page))

    expected = {f"VAMP_{name.upper()}" for name in variables.Variables.model_fields}
    assert expected <= documented


def test_load__no_url_at_all__names_its_variable_with_the_others(monkeypatch):
    monkeypatch.setenv("VAMP_KV_URL", "hunter2")
    monkeypatch.setenv("VAMP_EVENTS_URL", "nats://me:hun/ter2@nowhere")
    monkeypatch.setenv("VAMP_LOG_LEVEL", "LOUD")

    with pytest.raises(Invalid) as caught:
        variables.load()

    pointers = {fault.pointer for fault in caught.value.faults}
    assert pointers == {"VAMP_KV_URL", "VAMP_EVENTS_URL", "VAMP_LOG_LEVEL"}
    assert "hun" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "not JSON"),
        ('{"eu": "oracle://:hunter2@db/vamp"}', "allowed: sqlite:, mysql:"),
        ('{"eu": "mysql://:hunter2@db/vamp?ssl=1"}', "ssl is no option"),
        ('{"default": "sqlite:///a"}', "VAMP_DATABASE_URL"),
        ('["sqlite:///a"]', "dict"),
    ],
)
def test_load__dedicated_databases_are_wrong__says_how(monkeypatch, text, message):
    monkeypatch.setenv("VAMP_DATABASES", text)

    with pytest.raises(Invalid, match=message) as caught:
        variables.load()

    assert {fault.pointer for fault in caught.value.faults} == {"VAMP_DATABASES"}
    assert "hunter2" not in str(caught.value)


def test_load__dedicated_databases_in_a_file__are_read(monkeypatch, tmp_path):
    (tmp_path / "databases").write_text('{"eu": "sqlite:///srv/eu.sqlite3"}\n')
    monkeypatch.delenv("VAMP_DATABASES", raising=False)
    monkeypatch.setenv("VAMP_DATABASES_FILE", str(tmp_path / "databases"))

    assert variables.load().databases == {"eu": "sqlite:///srv/eu.sqlite3"}


@pytest.mark.parametrize("text", ["here", "10.0.0.0/8, 300.0.0.0/8", "10.0.0.1/8"])
def test_load__networks_are_none__says_which_variable(monkeypatch, text):
    monkeypatch.setenv("VAMP_METRICS_ALLOW", text)

    with pytest.raises(Invalid) as caught:
        variables.load()

    assert {fault.pointer for fault in caught.value.faults} == {"VAMP_METRICS_ALLOW"}


def test_networks_of__nothing__is_nobody():
    assert variables.networks_of(" , ") == ()


def test_documentation__of_settings__gives_each_default():
    page = Path("docs/settings.md").read_text()
    rows = dict(re.findall(r"^\| `(VAMP_[A-Z_]+)` \| (.+?) \|", page, re.MULTILINE))

    for name, field in variables.Variables.model_fields.items():
        shown = rows[f"VAMP_{name.upper()}"]
        if name == "state_dir":
            continue  # a place beside manage.py
        default = field.get_default(call_default_factory=True)
        assert shown == ("—" if default == "" else f"`{default}`"), name


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("vault://vault.test/kv", "", "there is no key for Vault (give token:"),
        ("vault://vault.test/kv", "userpass:ana:hunter2", "not a key for Vault (give token:"),
        ("vault://vault.test", "token:hunter2", "not the URL of a mount of Vault"),
        ("vault://vault.test/kv?tsl=off", "token:hunter2", "unknown option tsl"),
    ],
)
def test_load__vault_is_not_well_described__stops_and_says_how(monkeypatch, url, key, said):
    monkeypatch.setenv("VAMP_KV_URL", url)
    monkeypatch.setenv("VAMP_KV_KEY", key)

    with pytest.raises(Invalid) as caught:
        variables.load()

    assert [fault.pointer for fault in caught.value.faults] == ["VAMP_KV_URL"]
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_load__vault_with_a_key_in_a_file__is_taken(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("approle:role:secret\n")
    monkeypatch.setenv("VAMP_KV_URL", "vault://vault.test/kv")
    monkeypatch.setenv("VAMP_KV_KEY_FILE", str(tmp_path / "key"))

    assert variables.load().kv_key == "approle:role:secret"
