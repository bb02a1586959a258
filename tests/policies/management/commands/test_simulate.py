import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from policies.documents.model import (
    ConditionDocument,
    HookDocument,
    HooksDocument,
    PolicyDocument,
    StepDocument,
)
from policies.documents.readings import read_readings
from policies.documents.readings_model import EntryDocument, SideDocument
from policies.domain.metric import METRICS
from policies.management.commands.simulate import Command

GUIDE = (Path(__file__).parents[4] / "docs" / "policies.md").read_text(encoding="utf-8")

POLICY = """\
kind: ReleasePolicy
name: quick
window: 10s
minimumSamples: 50
steps:
  - name: ten
    target: {weight: 10%}
    conditions: [{metric: error_ratio, operator: <=, baseline: 0.01}]
  - name: all
    target: {weight: 100%}
    conditions: [{metric: error_ratio, operator: <=, baseline: 0.01}]
"""
GOOD = {"count": 500}
READINGS = [{"at": 0}, {"at": 10, "target": GOOD}, {"at": 20, "target": GOOD}]


@pytest.fixture
def simulate(tmp_path):
    def run(policy=POLICY, readings=READINGS, *options):
        files = {"policy.yaml": policy, "readings.json": json.dumps(readings)}
        for name, text in files.items():
            if text is not None:
                (tmp_path / name).write_text(text)
        out, err, code = StringIO(), StringIO(), 0
        paths = ("--policy", str(tmp_path / "policy.yaml"))
        paths += ("--readings", str(tmp_path / "readings.json"))
        try:
            call_command(Command(), *paths, *options, stdout=out, stderr=err)
        except SystemExit as error:
            code = error.code
        return code, out.getvalue(), err.getvalue().replace(str(tmp_path) + "/", "")

    return run


def test_simulate__good_readings__prints_verdicts_states_and_weights_in_order(simulate):
    code, out, err = simulate()

    assert (code, err) == (0, "")
    assert (
        out
        == """\
   AFTER  WHAT          WHY
     +0s  state         running, step 1 of 2 (ten): the release began with step
                        ten
     +0s  weights       source 90%, target 10%
     +0s  state         running, step 1 of 2 (ten): the split of step ten is
                        live on every agent
    +10s  pass          error_ratio is 0%, as wanted: at most 1% over 10s (500
                        samples)
    +10s  state         running, step 2 of 2 (all): step ten is done: every
                        critical condition passed
    +10s  weights       source 0%, target 100%
    +10s  state         running, step 2 of 2 (all): the split of step all is
                        live on every agent
    +20s  pass          error_ratio is 0%, as wanted: at most 1% over 10s (500
                        samples)
    +20s  state         succeeded, step 2 of 2 (all): step all is done: every
                        critical condition passed
    +20s  finished      succeeded
    +20s  end           the release is over: succeeded
"""
    )


def test_simulate__json__prints_an_object_a_line(simulate):
    bad = [*READINGS[:2], {"at": 20, "target": {"count": 500, "errors": 50}}]

    code, out, _ = simulate(POLICY, bad, "--format", "json")
    lines = [json.loads(line) for line in out.splitlines()]

    assert code == 0
    assert [line["type"] for line in lines] == [
        "state", "weights", "state", "verdict", "state", "weights", "state", "verdict", "state",
        "weights", "state", "finished", "end",
    ]  # fmt: skip
    assert [line["target"] for line in lines if line["type"] == "weights"] == ["10%", "100%", "0%"]
    assert lines[-1]["outcome"] == "rolled_back"


def test_simulate__readings_end_early__says_that_it_still_runs(simulate):
    code, out, _ = simulate(POLICY, READINGS[:1])

    assert code == 0
    assert "the readings end here, and the release is still running" in " ".join(out.split())


def test_simulate__both_files_bad__exits_2_with_every_fault(simulate):
    policy = POLICY.replace("10%", "10").replace("name: all", "nam: all")

    code, out, err = simulate(policy, [{"at": 0, "aplied": False}, {"at": "never"}])

    assert (code, out) == (2, "")
    assert [line.split(": ")[:2] for line in err.splitlines()] == [
        ["policy.yaml", "/steps/0/target/weight (line 7, column 22)"],
        ["policy.yaml", "/steps/1/nam (line 9, column 5)"],
        ["readings.json", "/0/aplied (line 1, column 12)"],
        ["readings.json", "/1/at (line 1, column 37)"],
    ]


def test_simulate__file_missing__exits_2(simulate):
    code, out, err = simulate(None)

    assert (code, out) == (2, "")
    assert err.startswith("policy.yaml: document: cannot be read")


def test_simulate__historic_policy__is_converted_with_notes(simulate):
    policy = json.dumps({"steps": [{"source": {"weight": 0}, "target": {"weight": 100}}]})

    code, out, err = simulate(policy)

    assert code == 0
    assert "policy.yaml: converted: /steps/0: success_ratio >= 0.97 stands in" in err
    assert "weights       source 0%, target 100%" in out


def test_simulate__example_of_the_guide__prints_what_the_guide_says(simulate):
    blocks = re.findall(r"```(?:yaml|json|text)\n(.*?)```", GUIDE, re.DOTALL)
    policy, readings, transcript = blocks[:3]

    code, out, err = simulate(policy, json.loads(readings))

    assert (code, err) == (0, "")
    assert out == transcript


def test_guide__every_reading_in_it__can_be_read():
    lists = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)

    assert [bool(read_readings(text)) for text in lists] == [True] * 2


@pytest.mark.parametrize(
    "model",
    [
        PolicyDocument,
        StepDocument,
        ConditionDocument,
        HookDocument,
        HooksDocument,
        EntryDocument,
        SideDocument,
    ],
)
def test_guide__every_field__is_described(model):
    fields = {field.alias for field in model.model_fields.values()}

    assert {name for name in fields if name not in GUIDE} == set()
    assert all(f"`{metric}`" in GUIDE for metric in METRICS)
