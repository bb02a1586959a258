"""Everything that the demonstration asks of Vamp's API, and the only place that knows its shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from vamp.demo.release import Decision, Evaluation, PlannedStep, Release
from vamp.documents.units import format_percent, parse_percent

TIMEOUT_S = 10.0


class ApiUnreachable(Exception):
    """Vamp does not answer, or not with what it promises."""


class ApiRefused(Exception):
    """Vamp answered with a problem document; the text holds its detail and every fault.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class RouteTold:
    """A route of a gateway.

    Attributes:
        name: of the route.
        version: of the service behind it; empty for other targets.
        weight: hundredths of a percent.
    """

    name: str
    version: str
    weight: int


@dataclass(frozen=True, slots=True)
class GatewayTold:
    """A gateway as the API tells it.

    Attributes:
        routes: in their order.
        is_live: every live agent serves the desired generation.
        agents: how many live agents there are.
        liveness: the same in words.
    """

    routes: Sequence[RouteTold]
    is_live: bool
    agents: int
    liveness: str


class VampApi:
    """The API of one environment.

    Every method may raise `ApiRefused` and `ApiUnreachable`.

    Args:
        url: scheme, host and port, without ``/api/v1``.
        token: of a user.
        organisation: name of the tenant.
        environment: name in it.
    """

    def __init__(self, url: str, token: str, organisation: str, environment: str) -> None:
        self.organisation = organisation
        self.environment = environment
        self._organisations = f"{url.rstrip('/')}/api/v1/organisations"
        self._environments = f"{self._organisations}/{organisation}/environments"
        self._here = f"{self._environments}/{environment}"
        self._session = requests.Session()
        self._session.trust_env = False  # neither proxies nor a .netrc come between
        self._session.headers["Authorization"] = f"token {token}"

    def ensure_environment(self, scheduler_url: str) -> bool:
        """Make organisation and environment where they are not there; return whether they were made.

        Args:
            scheduler_url: for an environment that is made.
        """
        if self._is_there(self._here):
            return False
        if not self._is_there(f"{self._organisations}/{self.organisation}"):
            self._ask("POST", self._organisations, json={"name": self.organisation})
        wanted = {
            "name": self.environment,
            "stage": "production",
            "scheduler_url": scheduler_url,
        }
        self._ask("POST", self._environments, json=wanted)
        return True

    def put_policy(self, name: str, document: str) -> None:
        """Make the policy what the YAML `document` says."""
        self._put_yaml(f"{self._here}/policies/{name}", document)

    def put_gateway(self, name: str, document: str) -> None:
        """Make the gateway what the YAML `document` says."""
        self._put_yaml(f"{self._here}/gateways/{name}", document)

    def set_weights(self, gateway: str, weights: Mapping[str, int]) -> None:
        """Give every route its share, in hundredths of a percent."""
        shares = {route: format_percent(weight) for route, weight in weights.items()}
        self._ask("PUT", f"{self._here}/gateways/{gateway}/weights", json=shares)

    def ready_instances(self, service: str) -> Mapping[str, int]:
        """Return version → instances that may receive traffic; nothing before it is discovered."""
        try:
            told = self._ask("GET", f"{self._here}/services/{service}")
        except ApiRefused as error:
            if error.status == 404:
                return {}
            raise
        return {each["version"]: int(each["ready"]) for each in told["versions"]}

    def gateway(self, name: str) -> GatewayTold:
        """Return a gateway with its routes and whether it is live."""
        told = self._ask("GET", f"{self._here}/gateways/{name}")
        live = told["liveness"]
        behind = f", behind: {', '.join(live['behind'])}" if live["behind"] else ""
        return GatewayTold(
            routes=[
                RouteTold(each["name"], each.get("version", ""), parse_percent(each["weight"]))
                for each in told["document"].get("routes", ())
            ],
            is_live=live["is_live"],
            agents=live["agents"],
            liveness=(
                f"generation {live['desired']} desired, {live['published']} published, "
                f"applied by {live['applied']} of {live['agents']} agents{behind}"
            ),
        )

    def release_numbers(self, gateway: str) -> Mapping[str, int]:
        """Return target version → number of its newest release on the gateway."""
        told = self._ask("GET", f"{self._here}/gateways/{gateway}/releases")
        newest_first = [(each["target_version"], int(each["number"])) for each in told["results"]]
        return dict(reversed(newest_first))

    def release(self, gateway: str, number: int) -> Release:
        """Return a release with its steps, decisions, and newest evaluations."""
        return _release(self._ask("GET", f"{self._here}/gateways/{gateway}/releases/{number}"))

    def _is_there(self, url: str) -> bool:
        try:
            self._ask("GET", url)
        except ApiRefused as error:
            if error.status == 404:
                return False
            raise
        return True

    def _put_yaml(self, url: str, document: str) -> None:
        content = {"Content-Type": "application/yaml"}
        self._ask("PUT", url, data=document.encode(), headers=content)

    def _ask(self, method: str, url: str, **more: Any) -> Any:
        try:
            answer = self._session.request(method, url, timeout=TIMEOUT_S, **more)
            told = answer.json() if answer.content else None
        except requests.RequestException as error:
            raise ApiUnreachable(f"{method} {url}: {error}") from error
        if not answer.ok:
            raise ApiRefused(f"{method} {url}: {_problem(told, answer)}", answer.status_code)
        return told


def _problem(told: Any, answer: requests.Response) -> str:
    if not isinstance(told, dict):
        return f"{answer.status_code} {answer.reason}"
    faults = [
        f"{each.get('pointer') or 'document'}: {each.get('message', '')}"
        for each in told.get("errors", ())
    ]
    return "; ".join([f"{answer.status_code} {told.get('detail', '')}", *faults])


def _release(told: Mapping[str, Any]) -> Release:
    return Release(
        number=told["number"],
        source=told["source_version"],
        target=told["target_version"],
        status=told["status"],
        step=told["step"] - 1,
        live_at=_moment(told["live_since"]) if told["live_since"] else None,
        steps=[
            PlannedStep(each["name"], parse_percent(each["target_weight"]))
            for each in told["steps"]
        ],
        evaluations=[_evaluation(each) for each in reversed(told["evaluations"])],
        decisions=[
            Decision(_moment(each["at"]), each["status"], each["step"] - 1, each["sentence"])
            for each in told["decisions"]
        ],
    )


def _evaluation(told: Mapping[str, Any]) -> Evaluation:
    return Evaluation(
        step=told["step"] - 1,
        condition=told["condition"],
        metric=told["metric"],
        verdict=told["verdict"],
        value=told["value"],
        baseline=told["baseline"],
        samples=told["samples"],
        sentence=told["sentence"],
        at=_moment(told["at"]),
    )


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
