from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from gateways.management.commands.render import Command
from tests.gateways.haproxy.live import check
from tests.gateways.haproxy.test_files import TEXT


@pytest.fixture
def file(tmp_path):
    found = tmp_path / "gateways.yaml"
    found.write_text(TEXT)
    return found


def rendered(*arguments):
    out = io.StringIO()
    call_command("render", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_render__a_file__prints_configuration_and_maps(file):
    text = rendered("--file", file)

    assert text.startswith("global\n")
    assert "\n# map maps/buckets.map\n" in text
    assert text == rendered("--file", file)


def test_render__as_json__prints_json(file):
    found = json.loads(rendered("--file", file, "--format", "json"))

    assert found["maps"]["maps/hosts.map"] == [["shop.acme.test/", "shop"]]


def test_render__standard_input__is_read(file, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(TEXT))

    assert rendered("--file", "-") == rendered("--file", file)


@pytest.mark.haproxy
def test_render__out__writes_a_folder_that_runs(file, tmp_path):
    out = tmp_path / "out"

    assert rendered("--file", file, "--out", out, "--bind", "::1", "--shared-port", 8_081) == ""

    check(out)
    assert "bind [::1]:8081" in (out / "haproxy.cfg").read_text()


def test_render__bad_documents__exit_with_2_and_every_place(file):
    file.write_text(TEXT.replace("90%", "91%").replace("Firefox", "Firefox and"))

    with pytest.raises(CommandError) as refused:
        rendered("--file", file)

    assert refused.value.returncode == 2
    assert "/routes (line 5" in str(refused.value)
    assert "/routes/1/condition (line 6" in str(refused.value)


@pytest.mark.parametrize(
    "arguments", [("--file", "/nowhere/x.yaml"), ("--bind", "nowhere"), ("--shared-port", "70000")]
)
def test_render__bad_arguments__exit_with_2(file, arguments):
    with pytest.raises(CommandError) as refused:
        rendered("--file", file, *arguments)

    assert refused.value.returncode == 2


def test_render__as_a_program__prints_the_faults_and_exits_with_2(file, capsys):
    file.write_text("kind: Gateway")

    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "render", "--file", str(file)])

    assert ended.value.code == 2
    assert "is refused" in capsys.readouterr().err
