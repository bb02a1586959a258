"""The set-up of an environment: how far it is, and asking for a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import EnvironmentView
from tenants.models import Environment
from tenants.services.setup.namespace import MOST_CHARACTERS, grant_namespace, manifest_of
from tenants.services.setup.running import is_alive, request_setup, run_of, states_of
from vamp.documents.validation import Strict


class SetupStepSerializer(serializers.Serializer[Any]):
    """One step."""

    name = serializers.CharField()
    title = serializers.CharField(help_text="What is there once it is done.")
    state = serializers.ChoiceField(choices=["done", "running", "waiting", "failed", "by hand"])
    message = serializers.CharField()
    hint = serializers.CharField(help_text="What to do about it.")


class SetupSerializer(serializers.Serializer[Any]):
    """How far the set-up is."""

    is_done = serializers.BooleanField()
    is_under_way = serializers.BooleanField()
    asked_at = serializers.DateTimeField(allow_null=True)
    asked_by = serializers.CharField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    steps = SetupStepSerializer(many=True)
    manifest = serializers.CharField(
        help_text="For kubectl apply, in place of a kubeconfig; empty where no cluster is used."
    )


class SetupWanted(Strict):
    """What a run may be given.

    Attributes:
        kubeconfig: of an administrator of the scheduler's cluster, flattened; used once for
            namespace and account, and kept nowhere.
    """

    kubeconfig: Annotated[str, Field(max_length=MOST_CHARACTERS, repr=False)] = ""


class EnvironmentSetup(EnvironmentView):
    """The set-up of an environment."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "environment.view", "POST": "environment.change"}

    @extend_schema(operation_id="setup_read", responses=SetupSerializer)
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Ask every system how far the set-up is; takes 5 seconds at most."""
        return Response(shown(self.environment))

    @extend_schema(operation_id="setup_run", request=SetupWanted, responses={202: SetupSerializer})
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Ask for a run; a worker does what is missing, step by step. Safe to repeat."""
        wanted = self.body(SetupWanted)
        if wanted.kubeconfig:
            self.require("secret.change")  # the account's token becomes the scheduler's secret
            grant_namespace(self.environment, wanted.kubeconfig, actor=self.actor)
        request_setup(self.environment, actor=self.actor)
        return Response(shown(self.environment), status=202)


def shown(environment: Environment) -> Any:
    """Return how far the set-up of `environment` is, as the API says it."""
    run = run_of(environment)
    steps = states_of(environment, run)
    found = {
        "is_done": all(step.state == "done" for step in steps),
        "is_under_way": run is not None and is_alive(run),
        "asked_at": run.asked_at if run else None,
        "asked_by": run.asked_by if run else None,
        "ended_at": run.ended_at if run else None,
        "steps": steps,
        "manifest": manifest_of(environment),
    }
    return SetupSerializer(found).data
