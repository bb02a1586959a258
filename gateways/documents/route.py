"""The document of a route: one target of a gateway, with its share of the traffic."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateways.documents.names import OptionalLabel, OptionalName
from gateways.domain.condition.ast import Condition
from gateways.domain.condition.parse import parse_condition
from vamp.documents.units import Percent
from vamp.documents.validation import Strict


class RouteDocument(Strict):
    """One way that a gateway's requests can go: to a service version, a gateway, or addresses.

    `gateways.documents.read` checks what goes beyond single values and fills in what was left out,
    so that a route that was read always has a name.

    Attributes:
        name: unique in the gateway; by default service and version, the other gateway's name, or
            ``address-1`` and so on.
        service: with `version`, the target.
        version: of the service.
        gateway: another gateway that takes over, as the target.
        addresses: ``host:port`` each, as the target.
        weight: share of the requests that no condition took, in hundredths of a percent.
        condition: requests that may go here before weights are asked; empty for none.
        strength: how much of what meets the condition goes here, in hundredths of a percent.
        priority: conditions of higher priority are asked first; ties by the order of routes.
    """

    name: OptionalName = ""
    service: OptionalName = ""
    version: OptionalName = ""
    gateway: OptionalLabel = ""
    addresses: tuple[str, ...] = ()
    weight: Percent = 0
    condition: str = ""
    strength: Percent = 0
    priority: Annotated[int, Field(ge=-32_768, le=32_767)] = 0

    @property
    def target(self) -> tuple[str, ...]:
        """What the route leads to, in a form that compares: two routes may not share it."""
        if self.addresses:
            return ("addresses", *sorted(self.addresses))
        return (
            ("gateway", self.gateway) if self.gateway else ("service", self.service, self.version)
        )

    def parsed_condition(self) -> Condition | None:
        """Return the condition as an expression, or None where the route has none.

        Raises:
            Invalid: it does not parse; never of a document that was read.
        """
        return parse_condition(self.condition) if self.condition else None
