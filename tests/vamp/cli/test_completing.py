from __future__ import annotations

import pytest

from tests.vamp.cli.things import BOTH, GATEWAY
from vamp.cli import completing
from vamp.cli.contexts import Context, Contexts, config_path


@pytest.fixture
def completed(monkeypatch):
    """Ask as bash does: the whole line, and get the words that are offered."""

    def ask(shell, line, program="vamp"):
        monkeypatch.setenv(f"_{program.upper()}_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
        found = getattr(shell, program)().out.split()
        monkeypatch.delenv(f"_{program.upper()}_COMPLETE")
        return found

    return ask


def test_tab__commands__are_offered(shell, completed):
    assert completed(shell, "vamp ge") == ["get"]
    assert "organisation" in completed(shell, "forklift create ", "forklift")


def test_tab__kind__is_offered_by_its_beginning(shell, completed):
    assert completed(shell, "vamp get gat") == ["gateways"]


def test_tab__names__are_those_that_the_api_has(shell, completed):
    shell.vamp("apply", "-f", "-", stdin=BOTH)

    assert completed(shell, "vamp get gateways ") == ["shop"]
    assert completed(shell, "vamp gateway weights s") == ["shop"]
    assert completed(shell, "forklift show policy ", "forklift") == ["canary"]
    assert completed(shell, "vamp get --env pro") == ["production"]


def test_tab__more_names_than_a_page__are_looked_for_by_the_server(shell, completed, monkeypatch):
    monkeypatch.setattr(completing, "MOST_NAMES", 1)
    shell.vamp("apply", "-f", "-", stdin=BOTH)
    shell.vamp(
        "apply",
        "-f",
        "-",
        stdin=GATEWAY.replace("name: shop", "name: zoo").replace("shop.acme", "zoo.acme"),
    )

    assert completed(shell, "vamp get gateways z") == ["zoo"]


def test_tab__server_away_or_nobody_logged_in__offers_nothing(nobody, completed):
    assert completed(nobody, "vamp get gateways ") == []
    nobody.environ |= {"VAMP_SERVER": "http://127.0.0.1:9", "VAMP_TOKEN": "x"}
    nobody.environ |= {"VAMP_ORGANISATION": "acme", "VAMP_ENVIRONMENT": "prod"}
    assert completed(nobody, "vamp get gateways ") == []
    assert nobody.slept == []


def test_tab__contexts__are_those_of_the_file(nobody, completed):
    environ = {"HOME": str(nobody.home)}
    Contexts(config_path(None, environ), "", {"acme": Context("https://a.test")}).save()

    assert completed(nobody, "vamp context use a") == ["acme"]
    assert completed(nobody, "vamp --context a") == ["acme"]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("program", ["vamp", "forklift"])
def test_script__for_each_shell__names_the_program(nobody, name, program):
    ran = getattr(nobody, program)("completion", name)

    assert ran.exit == 0
    assert f"_{program.upper()}_COMPLETE" in ran.out
