"""Release plans on the real API: two environments, one after the other."""

from __future__ import annotations

import json

import pytest

from policies.models import Release
from tests.vamp.cli.things import BOTH

PLAN = ("release-plan", "1.1.0", "--service", "shop")


@pytest.fixture
def pipeline(root):
    root.forklift("create", "environment", "dev", "--order", "0")
    root.forklift("update", "environment", "production", "--order", "3")
    root.forklift("apply", "-f", "-", stdin=BOTH)
    text = BOTH.replace("name: shop", "name: shop\nenvironment: dev").replace(
        "shop.acme", "dev.acme"
    )
    ran = root.forklift(
        "apply", "-f", "-", stdin=text.replace("name: canary", "name: canary\nenvironment: dev")
    )
    assert ran.exit == 0, ran.err
    return root


def finish(status="succeeded"):
    Release.objects.using("default").filter(active=True).update(status=status, active=None)


def test_plan__environment_by_environment__follows_the_pipeline(pipeline):
    created = pipeline.forklift("create", *PLAN)
    waiting = pipeline.forklift("update", *PLAN)
    finish()
    further = pipeline.forklift("update", *PLAN)

    assert "dev: release shop/1 started" in created.err
    assert waiting.err == ""
    assert "production: release shop/1 started" in further.err
    statuses = [group["status"] for group in json.loads(further.out)["releaseGroups"]]
    assert statuses == ["finished", "started"]
    assert pipeline.forklift("create", *PLAN).exit == 5
    assert "shop      1.1.0     started" in pipeline.forklift("list", "release-plans").out


def test_plan__failed_in_an_environment__goes_no_further(pipeline):
    pipeline.forklift("create", *PLAN)
    finish("rolled_back")

    ran = pipeline.forklift("update", *PLAN)

    assert ran.err == ""
    assert json.loads(ran.out)["status"] == "failed"


def test_plan__of_a_file__starts_its_first_group(pipeline):
    path = pipeline.write(
        "plan.json",
        '{"service": {"name": "shop", "version": "1.1.0"}, "releaseGroups": ['
        '{"group": 1, "name": "live", "environments": [{"id": 1, "name": "production"}]}]}',
    )

    dry = pipeline.forklift("create", "releaseplan", "1.1.0", "-f", path, "--dry-run")
    ran = pipeline.forklift("create", "releaseplan", "1.1.0", "-f", path)

    assert "would be started" in dry.err
    assert ran.err == "production: release shop/1 started\n"


def test_plan__deleted__aborts_what_is_under_way(pipeline):
    pipeline.forklift("create", *PLAN)

    unsure = pipeline.forklift("delete", *PLAN)
    ran = pipeline.forklift("delete", *PLAN, "--yes", "--reason", "wrong build")

    assert unsure.exit == 2
    assert ran.out == "dev: release shop/1 aborted\n"
    assert pipeline.forklift("show", *PLAN).exit == 0


def test_plan__version_without_a_route__is_not_found(pipeline):
    assert pipeline.forklift("create", "release-plan", "9.9.9", "-s", "shop").exit == 3
    assert pipeline.forklift("update", "release-plan", "9.9.9", "-s", "shop").exit == 3
    assert pipeline.forklift("create", "release-plan", "9.9.9").exit == 2
