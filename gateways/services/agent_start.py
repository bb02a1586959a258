"""How to start an agent elsewhere: its variables, with a token and keys that open this environment alone."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tenants.connections import kv_connection, metrics_connection, stream_of
from tenants.models import ApiToken, Environment
from tenants.services.agent_events import events_key
from tenants.services.tokens import create_token
from vamp import wiring, wiring_of_agent_keys
from vamp.dsn import Dsn


@dataclass(frozen=True, slots=True)
class AgentStart:
    """What starts an agent. It holds secrets: show it once, keep it nowhere.

    Attributes:
        token_name: of the token that was made for it.
        variables: name → value of its environment variables.
    """

    token_name: str
    variables: dict[str, str] = field(repr=False)

    @property
    def command(self) -> str:
        """For a shell: the variables and the program."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.variables.items()]
        return "\n".join([*lines, "vga run"])


def start_agent(environment: Environment, *, actor: str, api_url: str) -> AgentStart:
    """Make a token for one more agent of `environment`, and say what starts it.

    Args:
        environment: whose gateways it shall serve.
        actor: who asks, for the audit trail.
        api_url: by which the agent reaches the API.

    Raises:
        PortError: a store does not answer, or does not let us make keys for agents.
        Invalid: the installation has no credentials that could make such keys.
    """
    given = dict(_stores(environment))
    events_key(environment, ApiToken())  # refused before there is a token
    mark = secrets.token_hex(3)
    name = f"{environment.name[:40]}-agent-{mark}"
    token, text = create_token(name, actor=actor, agent_of=environment)
    return AgentStart(
        name,
        {
            "VAMP_AGENT_NAME": f"vga-{mark}",
            "VAMP_AGENT_ORGANISATION": environment.organisation.name,
            "VAMP_AGENT_ENVIRONMENT": environment.name,
            "VAMP_AGENT_API_URL": api_url,
            "VAMP_AGENT_API_TOKEN": text,
            **given,
            **_events(environment, token),
        },
    )


def _stores(environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield the variables of the stores; first of all, for they may not be had."""
    kv = kv_connection(environment)
    yield "VAMP_AGENT_KV_URL", kv.url
    key = wiring_of_agent_keys.kv_agent_key(kv.url, key=kv.key, **environment.names)
    yield "VAMP_AGENT_KV_KEY", key
    metrics = metrics_connection(environment)
    if Dsn.parse(metrics.url).scheme in wiring.AGENT_METRICS_SCHEMES:
        yield "VAMP_AGENT_METRICS_URL", wiring.with_login(metrics.url, metrics.key)


def _events(environment: Environment, token: ApiToken) -> Mapping[str, str]:
    stream = stream_of(environment)
    if stream.is_embedded:
        return {}
    return {
        "VAMP_AGENT_EVENTS_URL": stream.url,
        "VAMP_AGENT_EVENTS_KEY": events_key(environment, token),
    }
