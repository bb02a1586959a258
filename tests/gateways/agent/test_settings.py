"""Settings: where they come from, and all faults at once."""

from __future__ import annotations

import pytest

from gateways.agent.settings import read_settings
from vamp.errors import Invalid

GOOD = {
    "name": "one",
    "organisation": "acme",
    "environment": "production",
    "kv_url": "file:///var/lib/vamp/kv",
    "state": "/var/lib/vamp/agents/one",
    "haproxy": "/bin/true",
}


def test_read_settings__option_variable_file_default__in_this_order(tmp_path):
    secret = tmp_path / "token"
    secret.write_text("from-a-file\n")
    environ = {
        "VAMP_AGENT_NAME": "two",
        "VAMP_AGENT_BIND": "127.0.0.2",
        "VAMP_AGENT_API_URL": "http://vamp:8000/",
        "VAMP_AGENT_API_TOKEN_FILE": str(secret),
    }

    found = read_settings({**GOOD, "bind": None}, environ)

    assert (found.name, found.bind, found.rollup_span_s) == ("one", "127.0.0.2", 5)
    assert (found.api_url, found.api_token) == ("http://vamp:8000", "from-a-file")
    assert "from-a-file" not in repr(found)


def test_read_settings__much_is_wrong__says_all_of_it_at_once():
    wrong = {
        "name": "Not A Label",
        "kv_url": "nothing",
        "bind": "localhost",
        "api_url": "ftp://x",
        "rollup_span_s": "0.5",
        "poll_interval_s": "nan",
        "haproxy": "/no/such/program",
        "health_port": "65536",
        "keep_haproxy": "perhaps",
        "state": "/a folder",
    }

    with pytest.raises(Invalid) as caught:
        read_settings({"environment": "production", **wrong}, {})

    assert {fault.pointer.strip("/") for fault in caught.value.faults} == {*wrong, "organisation"}
    assert "VAMP_AGENT_ORGANISATION" in caught.value.message


def test_read_settings__api_without_token__is_refused():
    with pytest.raises(Invalid, match="api_token"):
        read_settings({**GOOD, "api_url": "http://vamp"}, {})


def test_read_settings__secret_file_is_missing__names_the_setting():
    with pytest.raises(Invalid, match="kv_key"):
        read_settings(GOOD, {"VAMP_AGENT_KV_KEY_FILE": "/no/such/file"})


def test_read_settings__metrics_url__is_elasticsearch_or_nothing():
    url = "elasticsearch://ana:hunter2@es:9200/vamp"
    found = read_settings({**GOOD}, {"VAMP_AGENT_METRICS_URL": url})

    assert found.metrics_url == url
    assert "hunter2" not in repr(found)
    assert read_settings(GOOD, {}).metrics_url == ""
    with pytest.raises(Invalid, match="elasticsearch://") as caught:
        read_settings({**GOOD, "metrics_url": "db://:hunter2@x"}, {})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("share", ["-0.1", "1.1", "nan", "all"])
def test_read_settings__sample_is_no_share__is_refused(share):
    assert read_settings({**GOOD, "lines_sample": "0.25"}, {}).lines_sample == 0.25
    with pytest.raises(Invalid, match="lines_sample"):
        read_settings({**GOOD, "lines_sample": share}, {})
