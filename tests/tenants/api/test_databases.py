import pytest

from tenants.models import DedicatedDatabase
from tenants.services.preparation import prepare
from tests.tenants.storages import a_database, cleaned

HERE = "/api/v1/organisations/acme/databases"

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
"""Making a database commits on MySQL."""


@pytest.fixture
def root(environment, client_of, platform_administrator):
    with cleaned():
        yield client_of(platform_administrator)


def test_database__from_its_name_to_its_end__is_shown_as_it_is(root, tmp_path):
    url, password = a_database(tmp_path, "acme-own")

    wanted = {"name": "acme-own", "url": url, "password": password or "x"}
    made = root.post(HERE, wanted, format="json")
    assert made.status_code == 202
    assert made.json()["state"] == "preparing"
    assert "password" not in made.json()

    prepare(DedicatedDatabase.objects.get())

    assert root.get(f"{HERE}/acme-own").json()["state"] == "ready"
    found = root.post(f"{HERE}/acme-own/test").json()
    assert found["ok"] is True
    assert "may read and write" in [each["what"] for each in found["findings"]]
    assert root.get(HERE).json()["count"] == 1
    changed = root.patch(f"{HERE}/acme-own", {"password": "y"}, format="json")
    assert changed.status_code == 200
    assert root.delete(f"{HERE}/acme-own").status_code == 204
    assert root.get(f"{HERE}/acme-own").status_code == 404


def test_database__with_its_password_in_the_url__is_refused_without_repeating_it(root):
    answer = root.post(HERE, {"name": "x", "url": "mysql://u:hunter2@h/x"}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/url"
    assert "hunter2" not in answer.content.decode()


def test_database__asked_for_by_a_member__is_shown_and_not_made(root, api):
    assert api.get(HERE).status_code == 200
    assert api.post(HERE, {"name": "x", "url": "sqlite:////x"}, format="json").status_code == 403
