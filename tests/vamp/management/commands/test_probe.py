from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from vamp.probe_server import ProbeServer, json_page
from vamp.processes.probes import place_of


@pytest.fixture
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def server(state):
    made = ProbeServer(
        "127.0.0.1",
        0,
        {
            "/healthz": lambda: json_page(200, {"status": "ok"}),
            "/readyz": lambda: json_page(
                503, {"status": "waiting", "dependencies": {"broker": "x"}}
            ),
        },
    )
    made.start()
    yield made
    made.stop()


def test_probe__process_is_alive__exits_well_and_says_so(server):
    place_of("worker").parent.mkdir()
    place_of("worker").write_text(server.address)
    out = StringIO()

    call_command("probe", "worker", "--live", stdout=out)

    assert out.getvalue() == 'worker: {"status": "ok"}\n'


def test_probe__process_waits_for_something__fails_and_says_for_what(server):
    with pytest.raises(CommandError, match='"broker": "x"'):
        call_command("probe", "worker", "--address", server.address)


def test_probe__process_answers_no_probes__says_how_to_let_it(state):
    with pytest.raises(CommandError, match="VAMP_HEALTH_PORT"):
        call_command("probe", "worker")


def test_probe__process_is_gone__says_where_nobody_answered(state):
    place_of("sync").parent.mkdir()
    place_of("sync").write_text("127.0.0.1:1")

    with pytest.raises(CommandError, match=r"sync does not answer at http://127\.0\.0\.1:1/readyz"):
        call_command("probe", "sync")


def test_probe__no_process_of_ours__is_refused():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("probe", "nginx")
