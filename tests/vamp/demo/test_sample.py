from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.vamp.demo.test_traffic import answer, servers
from vamp.demo import sample
from vamp.demo.documents import BROKEN, FIRST, GOOD, DemoVersion, write_services
from vamp.demo.view import LineView


def runs(folder):
    """Version → share of its requests that it fails, as the scheduler reads it."""
    versions = json.loads((folder / "services.yaml").read_text())["services"]["shop"]["versions"]
    return {name: float(each["arguments"][-1]) for name, each in versions.items()}


def called(*arguments):
    return CliRunner().invoke(sample.app, [str(each) for each in arguments])


@pytest.mark.parametrize(
    ("version", "options", "fails", "said"),
    [
        (GOOD, [], 0.0, "shop 1.1.0 starts\n"),
        (BROKEN, [], 0.2, "shop 1.2.0 starts, which fails 20% of its requests\n"),
        (GOOD, ["--fail", "0.5"], 0.5, "shop 1.1.0 starts, which fails 50% of its requests\n"),
        (BROKEN, ["--fail", "0"], 0.0, "shop 1.2.0 starts\n"),
    ],
)
def test_add__version__runs_beside_the_others(tmp_path, version, options, fails, said):
    write_services(tmp_path, [DemoVersion(FIRST)])

    ended = called("add", version, tmp_path, *options)

    assert (ended.exit_code, ended.output) == (0, said)
    assert runs(tmp_path) == {FIRST: 0.0, version: fails}
    ports = json.loads((tmp_path / "services.yaml").read_text())["ports"]
    assert ports["first"] < ports["last"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no sample: {path} cannot be read: No such file or directory"),
        ("services: {}  # mine", "{path} is not as it was made: add the version there by hand"),
        ('{"services": {"other": {}}}', "{path} is not as it was made"),
        ("[]", "{path} is not as it was made"),
    ],
)
def test_add__no_sample_or_one_written_by_hand__changes_nothing(tmp_path, content, said):
    path = tmp_path / "services.yaml"
    if content is not None:
        path.write_text(content)

    ended = called("add", GOOD, tmp_path)

    assert ended.exit_code == 1
    assert said.format(path=path) in ended.output
    assert (path.read_text() if path.exists() else None) == content


def test_send_traffic__two_agents__is_sent_to_both_and_shown():
    async def serve(reader, writer):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer('{"version": "1.0.0"}'))

    shown = io.StringIO()
    looks = iter(range(1_000))
    view = LineView(Console(file=shown, width=200), clock_s=lambda: next(looks) * 10.0)
    with servers(serve, 2) as agents:
        ledger = sample.send_traffic(agents, view, rate=200, seconds=1.0)

    assert {each.agent for each in ledger.records()} == {f"{host}:{port}" for host, port in agents}
    assert "split 1.0.0 100.0 %; failed: none" in shown.getvalue()


def test_traffic__for_a_moment__ends_with_the_split(monkeypatch):
    sent = {}
    monkeypatch.setattr(
        sample, "send_traffic", lambda agents, view, **load: sent.update(load, agents=agents)
    )

    ended = called("traffic", "127.0.0.2:8080", "h:81", "--rate", 10, "--seconds", 1)

    assert ended.exit_code == 0, ended.output
    assert sent == {"agents": [("127.0.0.2", 8080), ("h", 81)], "rate": 10.0, "seconds": 1.0}


@pytest.mark.parametrize("place", ["127.0.0.2", ":80", "h:port", "h:0", "h:70000"])
def test_traffic__no_address_with_a_port__is_refused(place):
    ended = called("traffic", place)

    assert ended.exit_code == 2
    assert "is no address with a port" in " ".join(ended.output.replace("│", " ").split())
