from __future__ import annotations

import pytest

from tenants.models import DedicatedDatabase
from tests.factories import user_of
from tests.tenants.storages import a_database, cleaned

HERE = "/admin/organisations/acme/databases/"

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
"""Making a database commits on MySQL."""


@pytest.fixture
def root(environment, client, platform_administrator):
    client.force_login(platform_administrator)
    with cleaned():
        yield client


def told(answer):
    return " ".join(answer.content.decode().split())


def test_databases__none__says_what_to_do(root):
    assert "acme has no database of its own" in told(root.get(HERE))


def test_database__from_its_name_to_its_end__on_one_page(root, tmp_path):
    url, password = a_database(tmp_path, "acme-own")

    wanted = {
        "action": "create",
        "name": "acme-own",
        "url": url,
        "password": password or "hunter22",
    }
    made = root.post(HERE, wanted)
    assert made.status_code == 302
    waiting = root.get(HERE)
    assert "preparing" in told(waiting)
    assert waiting["Refresh"] == "2"
    assert "it is being prepared" in told(root.post(HERE, {"action": "test", "name": "acme-own"}))

    changed = root.post(HERE, {"action": "change", "name": "acme-own", "url": url}, follow=True)
    assert "acme-own is changed" in told(changed)
    gone = root.post(HERE, {"action": "forget", "name": "acme-own"}, follow=True)
    assert "Its tables stay where they are" in told(gone)
    assert not DedicatedDatabase.objects.exists()


def test_database__ready__tested_says_what_answered(root, environment):
    # The suite's second database stands for one of a tenant's: its tables are there already.
    DedicatedDatabase.objects.create(
        alias="dedicated", organisation=environment.organisation, url="sqlite:////x", state="ready"
    )

    tested = root.post(HERE, {"action": "test", "name": "dedicated"})

    assert "may read and write" in told(tested)
    assert "answered in" in told(tested)
    assert "Refresh" not in tested


def test_database__wrong__says_everything_and_keeps_what_was_typed(root):
    wanted = {"action": "create", "name": "Bad Name", "url": "ftp://x", "password": "hunter22"}

    answer = root.post(HERE, wanted)

    assert answer.status_code in (400, 422)
    assert "cannot name a database" in told(answer)
    assert 'value="Bad Name"' in told(answer)
    assert "hunter22" not in told(answer)


@pytest.mark.parametrize(
    ("form", "status"),
    [({"action": "test", "name": "none"}, 404), ({"action": "dance"}, 400), ({}, 400)],
)
def test_database__unknown__says_so(root, form, status):
    assert root.post(HERE, form).status_code == status


@pytest.mark.parametrize("action", ["create", "change", "forget"])
def test_databases__administrator_of_the_organisation__looks_and_tests_only(
    root, environment, client, action
):
    client.force_login(user_of(environment.organisation, "bo"))

    page = told(client.get(HERE))
    form = {"action": action, "name": "x", "url": "sqlite:////x"}
    refused = client.post(HERE, form)

    assert "Name it" not in page
    assert refused.status_code == 403
    assert not DedicatedDatabase.objects.exists()
