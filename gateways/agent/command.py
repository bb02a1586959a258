"""``vga``: the Vamp Gateway Agent's command line."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gateways.agent.records import log_to_standard_error
from gateways.agent.settings import Settings, read_settings
from vamp.errors import Invalid
from vamp.processes.stopping import HAND_OVER, end_on_signals, set_on

if TYPE_CHECKING:
    from vamp.ports.hints import HintChannel
    from vamp.ports.kv import KeyValueStore
    from vamp.ports.lines import LineStore
    from vamp.ports.metrics import MetricsStore

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Keeps one HAProxy at the configuration that Vamp publishes for an environment.",
)

Text = Annotated[Optional[str], typer.Option(show_default=False)]  # noqa: UP045  (typer reads it)

_INVALID = 2


@app.command()
def run(
    name: Text = None,
    organisation: Text = None,
    environment: Text = None,
    kv_url: Text = None,
    events_url: Text = None,
    bind: Text = None,
    state: Text = None,
    api_url: Text = None,
    metrics_url: Text = None,
    lines_sample: Text = None,
    lines_buffer_mb: Text = None,
    rollup_span_s: Text = None,
    poll_interval_s: Text = None,
    haproxy: Text = None,
    health_port: Text = None,
    health_address: Text = None,
    log_port: Text = None,
    spool_limit_mb: Text = None,
    keep_haproxy: Text = None,
) -> None:
    """Serve until SIGTERM; a second one leaves HAProxy as it is and ends at once.

    SIGUSR1 ends the agent alone, in good order: HAProxy serves on for the agent that comes next.

    Every option is also VAMP_AGENT_<OPTION>; see docs/agent.md.

    The secrets (KV_KEY, EVENTS_KEY, API_TOKEN) are taken from variables or their _FILE form only;
    so should be a METRICS_URL with a password.
    """
    settings = _settings(locals())
    store, hints = _open_store(settings), _open_hints(settings)
    metrics, lines = _open_metrics(settings)
    log_to_standard_error()
    # Quick to start: what follows is only needed to serve.
    from gateways.agent.agent import Agent, AlreadyRunning

    stop, hands_over = end_on_signals(), set_on(HAND_OVER)
    try:
        agent = Agent(settings, store, hints=hints, metrics=metrics, lines=lines)
    except (AlreadyRunning, OSError) as error:
        logging.getLogger("vga").critical("agent.not_started", extra={"reason": str(error)})
        raise typer.Exit(1) from None
    agent.start()
    stop.wait()
    agent.stop(hands_over=hands_over.is_set())


@app.command()
def check(
    name: Text = None,
    organisation: Text = None,
    environment: Text = None,
    kv_url: Text = None,
    bind: Text = None,
    state: Text = None,
    haproxy: Text = None,
) -> None:
    """Fetch what is published, put it together, let HAProxy check it, and print it.

    Touches neither a running agent nor its HAProxy. Exit code 1 if anything is wrong.
    """
    settings = _settings(locals())
    from gateways.agent.inspection import check_published

    text, faults = check_published(settings, _open_store(settings))
    sys.stdout.write(text)
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    raise typer.Exit(1 if faults else 0)


@app.command()
def status(state: Text = None) -> None:
    """Print, as JSON, what the agent in the state folder serves. Exit code 1 if HAProxy is down."""
    folder = state or os.environ.get("VAMP_AGENT_STATE")
    if not folder:
        sys.stderr.write("give --state or VAMP_AGENT_STATE\n")
        raise typer.Exit(_INVALID)
    from gateways.agent.inspection import read_state

    found = read_state(Path(folder).absolute())
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    raise typer.Exit(0 if found["haproxy"] == "running" else 1)


def main() -> None:
    """Run the command line."""
    app()


def _settings(options: dict[str, str | None]) -> Settings:
    with _faults_told():
        return read_settings(options, os.environ)


def _open_store(settings: Settings) -> KeyValueStore:
    from vamp.wiring import kv_from_url

    with _faults_told():
        return kv_from_url(settings.kv_url, key=settings.kv_key)


def _open_metrics(settings: Settings) -> tuple[MetricsStore | None, LineStore | None]:
    """Return where rollups and lines go; without a URL rollups go to the agent API."""
    if not settings.metrics_url:
        return None, None
    from vamp.wiring import lines_from_url, metrics_from_url

    place = {"organisation": settings.organisation, "environment": settings.environment}
    with _faults_told():
        metrics = metrics_from_url(settings.metrics_url, database="", **place)
        return metrics, lines_from_url(settings.metrics_url, **place)


def _open_hints(settings: Settings) -> HintChannel | None:
    if not settings.events_url:
        return None
    from vamp.wiring import hints_from_url

    with _faults_told():
        return hints_from_url(settings.events_url, key=settings.events_key)


@contextmanager
def _faults_told() -> Iterator[None]:
    """End the process with every fault on standard error, where something cannot be used."""
    try:
        yield
    except Invalid as error:
        for fault in error.faults:
            sys.stderr.write(f"{fault}\n")
        raise typer.Exit(_INVALID) from None
