from __future__ import annotations

from vamp.demo.documents import DemoVersion
from vamp.demo.workloads import LocalWorkloads
from vamp.drivers.scheduler.local.definition import read_definition


def test_run__local__is_what_the_scheduler_reads(tmp_path):
    workloads = LocalWorkloads(tmp_path)

    workloads.run([DemoVersion("1.0.0"), DemoVersion("1.1.0")])

    definition = read_definition((tmp_path / "services.yaml").read_text())
    assert {each.version for each in definition.workloads} == {"1.0.0", "1.1.0"}
    assert workloads.scheduler_url == f"local:{tmp_path}"


def test_disturb__local__does_nothing(tmp_path):
    assert LocalWorkloads(tmp_path).disturb([DemoVersion("1.0.0")]) == ""
    assert list(tmp_path.iterdir()) == []
