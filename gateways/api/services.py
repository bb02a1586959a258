"""Discovered services, and asking the scheduler for more or fresh instances."""

from __future__ import annotations

from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateways.models import Instance, Service, ServiceVersion
from gateways.selectors import services_in, visible_services
from gateways.services.scaling import restart_version, scale_version
from tenants.api.scope import EnvironmentView
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict
from vamp.errors import NotFound


class InstanceSerializer(serializers.Serializer[Instance]):
    """A running copy of a version."""

    uid = serializers.CharField()
    host = serializers.CharField()
    port = serializers.IntegerField()
    is_ready = serializers.BooleanField()
    since = serializers.DateTimeField(help_text="When readiness last changed.")
    restarts = serializers.IntegerField()
    reason = serializers.CharField(help_text="Why it is not ready.")


class VersionSerializer(serializers.Serializer[ServiceVersion]):
    """A version of a service, with its instances."""

    version = serializers.CharField(source="name")
    desired = serializers.IntegerField(help_text="Instances that were asked for.")
    ready = serializers.SerializerMethodField(help_text="Instances that may receive traffic.")
    labels = serializers.DictField(child=serializers.CharField())
    is_present = serializers.BooleanField(help_text="Does the scheduler still know it.")
    first_seen_at = serializers.DateTimeField()
    instances = InstanceSerializer(many=True)

    def get_ready(self, version: ServiceVersion) -> int:
        """Return how many instances are ready; no query where they were prefetched."""
        return sum(instance.is_ready for instance in version.instances.all())


class ServiceSerializer(serializers.Serializer[Service]):
    """A service, with its versions."""

    name = serializers.CharField()
    first_seen_at = serializers.DateTimeField()
    versions = VersionSerializer(many=True)


class ServicesQuery(BeginsQuery):
    """Filters of the list of services."""

    name = serializers.CharField(required=False, help_text="Part of the name.")


class Scale(Strict):
    """How many instances a version shall have."""

    instances: Annotated[int, Field(ge=0, le=10_000)]


class Services(EnvironmentView):
    """The services that were discovered in an environment."""

    rights = {"GET": "service.view"}
    pagination_class = NumberedPages
    queries = {"GET": ServicesQuery}

    @extend_schema(operation_id="services_list", responses=ServiceSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List services with their versions and instances."""
        mine = visible_services(self.person, self.environment)
        rows = mine.filter(name__contains=self.wanted.get("name", ""))
        return self.page(beginning(rows, self.wanted), ServiceSerializer)


class ServiceDetail(EnvironmentView):
    """One service."""

    rights = {"GET": "service.view"}

    @extend_schema(operation_id="services_read", responses=ServiceSerializer)
    def get(self, request: Request, organisation: str, environment: str, service: str) -> Response:
        """Show a service with its versions and instances."""
        found = services_in(self.environment).filter(name=service).first()
        if found is None:
            raise NotFound(f"There is no service {service} in {self.environment}.")
        return Response(ServiceSerializer(found).data)


class VersionScale(EnvironmentView):
    """How many instances a version has."""

    rights = {"POST": "service.scale"}

    @extend_schema(operation_id="services_scale", request=Scale, responses={202: None})
    def post(self, request: Request, organisation: str, environment: str, **names: Any) -> Response:
        """Ask the scheduler for so many instances; discovery shows what comes of it."""
        wanted = self.body(Scale)
        scale_version(
            self.environment,
            names["service"],
            names["version"],
            wanted.instances,
            actor=self.actor,
        )
        return Response(status=202)


class VersionRestart(EnvironmentView):
    """Replacing a version's instances."""

    rights = {"POST": "service.restart"}

    @extend_schema(operation_id="services_restart", request=None, responses={202: None})
    def post(self, request: Request, organisation: str, environment: str, **names: Any) -> Response:
        """Replace every instance, each once the one before it is ready."""
        restart_version(self.environment, names["service"], names["version"], actor=self.actor)
        return Response(status=202)
