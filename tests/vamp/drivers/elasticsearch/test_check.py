from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest

from tests.vamp.drivers.elasticsearch.scripted import Answer, page, scripted
from tests.vamp.drivers.elasticsearch.server import ADDRESS, Space
from vamp.drivers.elasticsearch.check import note_health
from vamp.drivers.metrics.elasticsearch import ElasticsearchMetrics
from vamp.dsn import Dsn
from vamp.ports.checks import Check, Tone

INFO = {"version": {"number": "8.19.21"}, "tagline": "You Know, for Search"}
NO_SECURITY = Answer(400, {"error": "no handler found for uri [/_security/user/_has_privileges]"})


def looked(**said):
    """Look at a server that says what a test gives: by the first word of a path."""

    def say(request):
        if request.path.startswith("/_cluster/health"):
            return said.get("health", Answer(body={"status": "green", "number_of_data_nodes": 1}))
        if request.path.startswith("/_security"):
            return said.get("security", NO_SECURITY)
        if request.path.startswith("/_index_template"):
            templates = [{"index_template": {"version": said.get("template", 99)}}]
            return Answer(body={"index_templates": templates})
        return said.get("info", Answer(body=INFO))

    with scripted(say) as server:
        place = urlsplit(server.address).netloc
        dsn = Dsn.parse(f"elasticsearch://vamp:hunter2@{place}/vamp?tls=off")
        return ElasticsearchMetrics.from_dsn(
            dsn, organisation="acme", environment="production"
        ).check()


def bad(found):
    return [each for each in found.findings if each.tone is Tone.BAD]


def test_check__well_without_security__tells_its_version():
    found = looked()

    assert found.is_prepared, found
    assert (found.system, found.version) == ("Elasticsearch", "8.19.21")
    assert found.latency_ms is not None


def test_check__wrong_password__says_so_and_never_shows_it():
    refusal = Answer(401, {"error": {"reason": "unable to authenticate user [vamp]"}})

    found = looked(info=refusal)

    assert "refuses the credentials" in bad(found)[0].message
    assert "hunter2" not in str(found)


def test_check__privileges_missing__names_them():
    names = ("manage_index_templates", "monitor")
    indices = dict.fromkeys(("create_index", "create_doc", "read", "delete", "delete_index"), True)
    body = {
        "cluster": dict.fromkeys(names, True),
        "index": {"vamp-acme-production-*": {**indices, "delete_index": False}},
    }

    found = looked(security=Answer(body=body))

    assert "delete_index, maintenance" in bad(found)[0].message
    assert "vamp-acme-production-*" in bad(found)[0].hint


def test_check__templates_missing__is_to_be_prepared():
    found = looked(template=0)

    assert found.ok
    assert not found.is_prepared
    assert "vamp-rollup" in found.findings[-1].message


def test_check__something_else_there__says_what_it_is_not():
    found = looked(info=page(200))

    assert not found.ok
    assert "Elasticsearch" in bad(found)[0].message


@pytest.mark.parametrize(
    ("health", "is_well"),
    [
        ({"status": "green", "number_of_data_nodes": 3}, True),
        ({"status": "yellow", "number_of_data_nodes": 1}, True),
        ({"status": "red", "number_of_data_nodes": 1}, False),
        ({"status": "green", "number_of_data_nodes": 0}, False),
    ],
)
def test_note_health__states_of_a_cluster__are_bad_where_data_is_away(health, is_well):
    check = Check("Elasticsearch")

    note_health(check, health)

    assert check.done().ok is is_well


@pytest.mark.stack
def test_check__real_server_without_templates__is_prepared_by_the_set_up():
    with Space.of_its_own() as space:
        store = space.metrics("acme", "production")

        before = store.check()
        store.prepare()

        assert before.ok, before
        assert not before.is_prepared
        assert store.check().is_prepared


@pytest.mark.stack
def test_check__wrong_port_of_the_real_server__says_to_check_it():
    host = urlsplit(os.environ[ADDRESS]).hostname
    dsn = Dsn.parse(f"elasticsearch://{host}:1/vamp?tls=off")

    found = ElasticsearchMetrics.from_dsn(dsn, organisation="a", environment="b").check()

    assert "does not answer" in bad(found)[0].message
