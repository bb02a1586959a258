from __future__ import annotations

from datetime import timedelta

from policies.documents.read import read_policy
from policies.domain.policy import Source
from vamp.demo import documents
from vamp.demo.documents import DemoVersion
from vamp.drivers.scheduler.local.definition import read_definition


def test_policy__as_the_release_agent_reads_it__has_the_steps_and_is_short():
    plan = read_policy(documents.POLICY_DOCUMENT).plan

    assert tuple(step.target_weight for step in plan.steps) == documents.STEP_WEIGHTS
    assert all(step.condition for step in plan.steps[:-1])
    assert {type(each.baseline) for step in plan.steps[1:3] for each in step.conditions} == {Source}
    shortest = [
        max(each.grace + each.successes * each.interval for each in step.conditions)
        for step in plan.steps
    ]
    assert sum(shortest, timedelta()) <= timedelta(seconds=40)


def test_services__written__are_what_the_scheduler_reads(tmp_path):
    versions = [DemoVersion("1.0.0"), DemoVersion("1.2.0", fail_share=0.2, instances=1)]

    documents.write_services(tmp_path / "services", versions)
    definition = read_definition((tmp_path / "services" / "services.yaml").read_text())

    found = {each.version: each for each in definition.workloads}
    assert {version: each.instances for version, each in found.items()} == {"1.0.0": 2, "1.2.0": 1}
    assert found["1.2.0"].command[-2:] == ("--fail", "0.2")
    assert found["1.0.0"].labels == {"app": "shop", "version": "1.0.0"}
    assert [each.name for each in (tmp_path / "services").iterdir()] == ["services.yaml"]
