"""``vamp`` and ``forklift`` as installed, against a real web process: a day's work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from tests.vamp.cli.things import BOTH

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Address and token of a web process of our own."""
    state = tmp_path_factory.mktemp("cli-state")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.vamp.cli.served"],
        cwd=ROOT,
        env={**os.environ, "VAMP_STATE_DIR": str(state)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    port, _, token = process.stdout.readline().strip().partition(" ")
    assert port.isdecimal(), "the web process did not start; its error stands above"
    yield f"http://127.0.0.1:{port}", token
    process.stdin.close()
    process.stdout.close()
    process.wait(20)


def command(program, *arguments):
    return [str(Path(sysconfig.get_path("scripts")) / program), *arguments]


@pytest.fixture
def environ(address, tmp_path):
    """A home in which somebody has just logged in."""
    server, token = address
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    ran = subprocess.run(
        command("vamp", "auth", "login", "--server", server, "--env", "production"),
        input=token, env=environ, text=True, capture_output=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return environ


def hear_interrupts():
    """As a program begun from a terminal does, also where the suite runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_programs__a_days_work__over_real_http(environ, tmp_path):
    follower = subprocess.Popen(
        command("vamp", "events", "-f", "--subject", "gateways.>", "-o", "json", "--after", "0"),
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=hear_interrupts,
    )  # fmt: skip

    def run(program, *arguments, **more):
        return subprocess.run(
            command(program, *arguments), env=environ, text=True, capture_output=True, **more
        )

    applied = run("vamp", "apply", "-f", "-", input=BOTH)
    weights = run("vamp", "gateway", "weights", "shop", "1.1.0=25")
    heard = [json.loads(follower.stdout.readline()) for _ in range(2)]
    follower.send_signal(signal.SIGINT)
    follower.stdout.close()
    with follower.stderr:
        told = follower.stderr.read()
    ended = follower.wait(10)

    assert applied.returncode == 0, applied.stderr
    assert weights.stdout == "shop-1.0.0  75%\nshop-1.1.0  25%\n", weights.stderr
    whats = [event["subject"].split(".", 3)[-1] for event in heard]
    assert whats[0] == "gateways.gateway.created"
    assert whats[1] == "gateways.weights.changed"
    assert (ended, "Traceback" in told) == (130, False)
    assert run("vamp", "gateway", "wait", "shop", "--timeout", "1s").returncode == 7
    assert run("forklift", "show", "policy", "canary").stdout.startswith("{")
    assert run("vamp", "get", "gateway", "none").returncode == 3


def test_program__server_away__ends_with_6(tmp_path):
    begun = time.monotonic()
    ran = subprocess.run(
        command("vamp", "get", "gateways", "--server", "http://127.0.0.1:9"),
        env={
            "HOME": str(tmp_path), "PATH": os.environ["PATH"], "VAMP_TOKEN": "t.t",
            "VAMP_ORGANISATION": "acme", "VAMP_ENVIRONMENT": "production",
        },
        text=True,
        capture_output=True,
    )  # fmt: skip

    assert ran.returncode == 6
    assert "cannot be reached" in ran.stderr
    assert time.monotonic() - begun < 20
