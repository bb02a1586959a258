"""Something to look at in a new installation: a service with two instances behind a gateway."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from rich.console import Console

from gateways.models import Agent, Gateway
from tenants.models import Environment
from vamp.demo.client import ApiRefused, ApiUnreachable, VampApi
from vamp.demo.documents import FIRST, GATEWAY, GOOD, HOST, SERVICE, DemoVersion
from vamp.demo.sample import NotOurs, versions_in
from vamp.demo.scenario import Scenario
from vamp.demo.view import view_for
from vamp.demo.waiting import WaitedInVain
from vamp.demo.workloads import LocalWorkloads

SAMPLE_FAULTS = (ApiRefused, ApiUnreachable, WaitedInVain, NotOurs)


def services_of(tenant: str) -> Path:
    """Return the folder of the local scheduler that ``up --lift`` gives a tenant."""
    return Path(settings.STATE_DIR) / "services" / tenant.replace("/", "-")


def make_sample(api_url: str, tenant: str, token: str) -> str:
    """Make service, policy and gateway in `tenant` through the API, unless it has a gateway.

    What is in the scheduler's folder already stays: the sample may have been made before in
    another installation's stores, and its versions go on running.

    Args:
        api_url: scheme, host and port.
        tenant: ``organisation/environment``, whose agents run.
        token: of a user of the organisation.

    Returns:
        What to try next, for people.

    Raises:
        ApiRefused, ApiUnreachable, WaitedInVain, NotOurs: see `SAMPLE_FAULTS`; what was made stays.
    """
    folder = services_of(tenant)
    organisation, _, name = tenant.partition("/")
    environment = Environment.objects.select_related("organisation").get(
        organisation__name=organisation, name=name
    )
    port = environment.shared_port or settings.VAMP.shared_port
    agents = [(agent.address, port) for agent in Agent.objects.in_environment(environment)]
    if not Gateway.objects.in_environment(environment).exists():
        workloads = _workloads(folder)
        api = VampApi(api_url, token, organisation, name)
        with view_for(Console(file=io.StringIO())) as view:
            Scenario(api, view, agents, workloads).set_up()
    here = f"{api_url}/admin/environments/{tenant}/gateways/{GATEWAY}/"
    tool = f"{_shown(Path(sys.executable))} -m vamp.demo.sample"
    return (
        f"try it:        curl -H 'Host: {HOST}' http://{agents[0][0]}:{port}/\n"
        f"send traffic:  {tool} traffic {' '.join(f'{host}:{port}' for host, port in agents)}\n"
        f"next version:  {tool} add {GOOD} {shlex.quote(_shown(folder))}\n"
        f"and watch its release begin by itself at {here}"
    )


def _workloads(folder: Path) -> LocalWorkloads:
    """Return what runs the sample.

    Raises:
        NotOurs: something else runs there.
    """
    if not (folder / "services.yaml").exists():
        return LocalWorkloads(folder)
    if FIRST not in versions_in(folder):
        raise NotOurs(f"{folder}/services.yaml runs no {SERVICE} {FIRST}")
    return _AsTheyRun(folder)


class _AsTheyRun(LocalWorkloads):
    """Versions that run already, and are left alone."""

    def run(self, versions: Sequence[DemoVersion]) -> None:
        """See `Workloads`: they do."""


def _shown(path: Path) -> str:
    """Return the path as one would type it here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
