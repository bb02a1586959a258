"""What people and programs get while the database is away; nothing here may ask a database."""

from __future__ import annotations

import json
import os

import pytest
import requests
from django.db import OperationalError
from django.test import RequestFactory

from gateways.management.booting import free_ports
from tests.vamp.processes.running import end, running, wait_until
from vamp.pages.away import REFRESH_S, unanswered

AWAY = OperationalError(2002, "Can't connect to server on 'db.internal'")
BUSY = OperationalError(1205, "Lock wait timeout exceeded")


def answer_to(error=AWAY, method="get", path="/admin/environments/acme/prod?q=a&b=c", **headers):
    request = getattr(RequestFactory(), method)(path, headers=headers)
    return unanswered(request, error)


def test_unanswered__page_that_only_reads__tries_again_by_itself():
    answer = answer_to()

    told = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (
        503, "1", "no-store",
    )  # fmt: skip
    assert f'<meta http-equiv="refresh" content="{REFRESH_S}">' in told
    assert 'href="/admin/environments/acme/prod?q=a&amp;b=c"' in told
    assert "The database does not answer" in told
    assert "Not affected: gateways route by what they were told last." in told
    assert "db.internal" not in told


def test_unanswered__something_was_sent__is_not_sent_again():
    told = answer_to(method="post").content.decode()

    assert "refresh" not in told
    assert "look first whether it was kept" in told
    assert "or, where the connection broke at the very end, all of it" in told


def test_unanswered__held_by_rivals__says_that_it_is_busy():
    told = answer_to(BUSY, method="post").content.decode()

    assert "The database is busy" in told
    assert "Nothing was changed." in told


def test_unanswered__below_the_api__is_a_problem_document():
    answer = answer_to(path="/api/v1/organisations/acme")

    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "1"
    assert json.loads(answer.content)["type"] == "urn:vamp:problem:unavailable"


def test_unanswered__whoever_takes_no_page__gets_text():
    answer = answer_to(accept="text/event-stream")

    assert answer["Content-Type"].startswith("text/plain")
    assert b"does not answer" in answer.content


def sqlite(folder):
    return f"sqlite:///{folder}/gone/db.sqlite3"


def mariadb(folder):
    return f"mysql://vamp:none@127.0.0.1:{free_ports(agents=0)[0]}/vamp"


@pytest.mark.processes
@pytest.mark.parametrize("url_in", [sqlite, pytest.param(mariadb, marks=pytest.mark.stack)])
def test_web__database_really_away__every_door_says_so_in_its_own_way(tmp_path, url_in):
    port, _ = free_ports(agents=0)
    here = f"http://127.0.0.1:{port}"

    def asked(path, **headers):
        session = {"Cookie": "vamp-session=ofsomebody1234567890ofsomebody12"}
        return requests.get(f"{here}{path}", headers={**session, **headers}, timeout=20)

    def lives():
        try:
            return asked("/healthz").ok
        except requests.ConnectionError:
            return False

    with running(
        tmp_path, "web", "--port", str(port), VAMP_DATABASE_URL=url_in(tmp_path)
    ) as process:
        wait_until(process, tmp_path, lives)
        page = asked("/admin/", Accept="text/html")
        api = asked("/api/v1/organisations", Authorization="Bearer vamp_12345678_none")
        by_session = asked("/api/v1/organisations")
        ready = asked("/readyz")
        style = asked("/static/vamp/css/vamp.css")

        assert end(process) == 0

    assert (page.status_code, page.headers["Retry-After"]) == (503, "1")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "The database does not answer" in page.text
    assert "127.0.0.1" not in page.text
    assert os.fspath(tmp_path) not in page.text
    for answer in (api, by_session):
        assert answer.status_code == 503, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert (ready.status_code, ready.json()["status"]) == (503, "waiting")
    assert style.ok
