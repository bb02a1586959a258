"""The whole demonstration, from an API that answers to an exit code."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from vamp.demo.client import ApiRefused, ApiUnreachable, VampApi
from vamp.demo.judgement import faults, measure
from vamp.demo.report import closing_line, print_report
from vamp.demo.scenario import Scenario
from vamp.demo.view import view_for
from vamp.demo.waiting import WaitedInVain
from vamp.demo.workloads import Workloads


def run(
    *,
    api_url: str,
    token: str,
    organisation: str,
    environment: str,
    agents: Sequence[tuple[str, int]],
    workloads: Workloads,
    console: Console | None = None,
) -> int:
    """Play the story in an environment whose agents run, and print what was measured.

    Args:
        api_url: scheme, host and port of Vamp, without ``/api/v1``.
        token: of a user who may change the environment; of a platform administrator where the
            environment is still to be made.
        organisation: name of the tenant.
        environment: name in it; must be served by `agents` and hold no gateway ``shop`` yet.
        agents: host and port at which each agent serves the shared port.
        workloads: where the versions run.
        console: where to print; standard output if None.

    Returns:
        0 if all of it happened and ``PASS`` is the last line, else 1.
    """
    console = console or Console()
    api = VampApi(api_url, token, organisation, environment)
    try:
        with view_for(console) as view:
            findings = Scenario(api, view, agents, workloads).play()
    except (WaitedInVain, ApiRefused, ApiUnreachable) as error:
        console.print(closing_line([str(error)]), markup=False, highlight=False, soft_wrap=True)
        return 1
    measured = measure(findings)
    wrong = faults(findings, measured)
    print_report(console, findings, measured, wrong)
    return 1 if wrong else 0
