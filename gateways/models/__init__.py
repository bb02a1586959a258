"""Discovered services, gateways with their routes, and the agents that serve them."""

from gateways.models.agent import Agent, AppliedGeneration
from gateways.models.gateway import Gateway, GatewayHost, GatewayQuerySet
from gateways.models.route import Route
from gateways.models.service import Instance, Service, ServiceVersion
from gateways.models.synchronisation import Synchronisation

__all__ = [
    "Agent",
    "AppliedGeneration",
    "Gateway",
    "GatewayHost",
    "GatewayQuerySet",
    "Instance",
    "Route",
    "Service",
    "ServiceVersion",
    "Synchronisation",
]
