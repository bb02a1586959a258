"""Something to look at in a new installation: a service with two instances behind a gateway."""

from __future__ import annotations

import io
import shlex
import sys
from pathlib import Path

from django.conf import settings
from rich.console import Console

from gateways.models import Agent
from tenants.models import Environment
from vamp.demo.client import ApiRefused, ApiUnreachable, VampApi
from vamp.demo.documents import GATEWAY, GOOD, HOST
from vamp.demo.scenario import Scenario
from vamp.demo.view import view_for
from vamp.demo.waiting import WaitedInVain
from vamp.demo.workloads import LocalWorkloads

SAMPLE_FAULTS = (ApiRefused, ApiUnreachable, WaitedInVain)


def services_of(tenant: str) -> Path:
    """Return the folder of the local scheduler that ``up --lift`` gives a tenant."""
    return Path(settings.STATE_DIR) / "services" / tenant.replace("/", "-")


def make_sample(api_url: str, tenant: str, token: str) -> str:
    """Make service, policy and gateway in `tenant` through the API, unless anything runs there.

    Args:
        api_url: scheme, host and port.
        tenant: ``organisation/environment``, whose agents run.
        token: of a user of the organisation.

    Returns:
        What to try next, for people.

    Raises:
        ApiRefused, ApiUnreachable, WaitedInVain: see `SAMPLE_FAULTS`; what was made stays.
    """
    folder = services_of(tenant)
    organisation, _, name = tenant.partition("/")
    environment = Environment.objects.select_related("organisation").get(
        organisation__name=organisation, name=name
    )
    port = environment.shared_port or settings.VAMP.shared_port
    agents = [(agent.address, port) for agent in Agent.objects.in_environment(environment)]
    if not (folder / "services.yaml").exists():
        api = VampApi(api_url, token, organisation, name)
        with view_for(Console(file=io.StringIO())) as view:
            Scenario(api, view, agents, LocalWorkloads(folder)).set_up()
    here = f"{api_url}/admin/environments/{tenant}/gateways/{GATEWAY}/"
    tool = f"{_shown(Path(sys.executable))} -m vamp.demo.sample"
    return (
        f"try it:        curl -H 'Host: {HOST}' http://{agents[0][0]}:{port}/\n"
        f"send traffic:  {tool} traffic {' '.join(f'{host}:{port}' for host, port in agents)}\n"
        f"next version:  {tool} add {GOOD} {shlex.quote(_shown(folder))}\n"
        f"and watch its release begin by itself at {here}"
    )


def _shown(path: Path) -> str:
    """Return the path as one would type it here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
