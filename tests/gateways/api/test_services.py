"""Services through the API, and what is asked of the scheduler."""

from __future__ import annotations

from tests.factories import InstanceFactory, ServiceFactory, VersionFactory
from vamp.models import AuditEntry

HERE = "/api/v1/organisations/acme/environments/production/services"


def test_read__versions_and_instances__are_inside(api, environment):
    version = VersionFactory.create(environment=environment, desired=2)
    InstanceFactory.create(environment=environment, version=version, uid="a", is_ready=True)
    InstanceFactory.create(
        environment=environment, version=version, uid="b", is_ready=False, reason="starting"
    )

    service = api.get(f"{HERE}/shop").json()

    assert service == api.get(HERE).json()["results"][0]
    assert service["versions"][0]["ready"] == 1
    assert service["versions"][0]["labels"] == {"app": "shop", "version": "1.0.0"}
    assert [each["reason"] for each in service["versions"][0]["instances"]] == ["", "starting"]


def test_read__unknown__is_not_found(api, environment):
    assert api.get(f"{HERE}/shop").status_code == 404


def test_list__by_part_of_the_name__narrows(api, environment):
    for name in ("shop", "cart"):
        ServiceFactory.create(environment=environment, name=name)

    assert [row["name"] for row in api.get(f"{HERE}?name=ca").json()["results"]] == ["cart"]
    assert [row["name"] for row in api.get(f"{HERE}?begins=sh").json()["results"]] == ["shop"]


def test_scale__unknown_version__is_not_found(api, environment):
    answer = api.post(f"{HERE}/shop/versions/1.0.0/scale", {"instances": 2}, format="json")

    assert answer.status_code == 404


def test_scale__environment_without_scheduler__is_refused_and_not_audited(api, environment):
    VersionFactory.create(environment=environment)

    answer = api.post(f"{HERE}/shop/versions/1.0.0/scale", {"instances": 2}, format="json")

    assert answer.status_code == 400
    assert "scheduler" in answer.json()["errors"][0]["message"]
    assert not AuditEntry.objects.using(environment.database).filter(kind="version").exists()


def test_scale__wrong_number__is_refused(api, environment):
    VersionFactory.create(environment=environment)

    answer = api.post(f"{HERE}/shop/versions/1.0.0/scale", {"instances": -1}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/instances"


def test_restart__environment_without_scheduler__is_refused(api, environment):
    VersionFactory.create(environment=environment)

    assert api.post(f"{HERE}/shop/versions/1.0.0/restart").status_code == 400
