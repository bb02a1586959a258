"""Archiving and deleting organisations and environments: what is asked, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import PLATFORM, EnvironmentView, OrganisationView
from tenants.models import Deletion, Environment, LifeState, Organisation
from tenants.selectors import ALL_STATES
from tenants.services import archiving
from tenants.services.deletion import deletion_of, skip_step
from tenants.services.deletion_preview import preview_of
from tenants.services.deletion_words import steps_of
from vamp.api.names import BeginsQuery
from vamp.api.pagination import NumberedPages
from vamp.api.query import Query
from vamp.documents.validation import Strict
from vamp.errors import NotFound


class StateQuery(BeginsQuery):
    """Which organisations or environments."""

    state = serializers.ChoiceField(
        choices=[*LifeState.values, ALL_STATES],
        default="",
        help_text="Only those in this state; all but archived ones where it is left out.",
    )


class ConfirmQuery(Query):
    """The name of what is to be deleted, once more."""

    confirm = serializers.CharField(default="", help_text="Its name: it cannot be taken back.")


class DeletionStepSerializer(serializers.Serializer[Any]):
    """One step of a deletion."""

    name = serializers.CharField()
    words = serializers.CharField(help_text="What it does.")
    state = serializers.CharField(help_text="done, skipped, running, waiting or next.")
    may_be_skipped = serializers.BooleanField(
        help_text="It waits, and a person may leave it out where what it needs is gone for good."
    )


class DeletionSerializer(serializers.Serializer[Deletion]):
    """How far a deletion is; afterwards, the record of it."""

    path = serializers.CharField(help_text="What is deleted.")
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True, help_text="Empty while it goes on.")
    step = serializers.CharField(help_text="The present one.")
    done = serializers.IntegerField(help_text="Of `total` in the present step.")
    total = serializers.IntegerField(help_text="0 where it is not known.")
    waits_for = serializers.CharField(help_text="Why it does not go on; empty while it does.")
    remains = serializers.ListField(
        child=serializers.CharField(), help_text="What Vamp cannot take back."
    )
    preview = serializers.JSONField(help_text="What there was when it was asked for.")
    steps = serializers.SerializerMethodField()

    @extend_schema_field(DeletionStepSerializer(many=True))
    def get_steps(self, deletion: Deletion) -> list[dict[str, Any]]:
        """List every step with its state."""
        return list(DeletionStepSerializer(steps_of(deletion), many=True).data)


class PreviewSerializer(serializers.Serializer[Any]):
    """What a deletion would take, or how far the one that goes on is."""

    preview = serializers.JSONField(help_text="What would go: kind to how many.")
    deletion = DeletionSerializer(allow_null=True, help_text="Empty where none goes on.")


class Skip(Strict):
    """A step to be left out."""

    skip: Annotated[str, Field(max_length=31)]


def told(row: Organisation | Environment) -> Response:
    """Answer with what goes, or with how far it is."""
    held = deletion_of(row)
    seen = held.preview if held else preview_of(row)
    return Response(PreviewSerializer({"preview": seen, "deletion": held}).data)


def skipped(row: Organisation | Environment, step: str, actor: str) -> Response:
    """Leave a step out of the deletion that goes on."""
    held = deletion_of(row)
    if held is None:
        raise NotFound(f"There is no deletion of {row}.")
    return Response(DeletionSerializer(skip_step(held, step, actor=actor)).data)


class EnvironmentDeletion(EnvironmentView):
    """The deletion of an environment: what would go, or how far it is."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "environment.view", "POST": "environment.delete"}
    changes_idle = True

    @extend_schema(operation_id="environment_deletion_read", responses=PreviewSerializer)
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Say what a deletion would take, or how far the one that goes on is."""
        return told(self.environment)

    @extend_schema(
        operation_id="environment_deletion_skip", request=Skip, responses=DeletionSerializer
    )
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Leave out a step that waits for what is gone for good."""
        return skipped(self.environment, self.body(Skip).skip, self.actor)


class OrganisationDeletion(OrganisationView):
    """The deletion of an organisation: what would go, or how far it is."""

    rights: ClassVar[Mapping[str, str]] = {
        "GET": "organisation.view",
        "POST": PLATFORM,
    }
    changes_idle = True

    @extend_schema(operation_id="organisation_deletion_read", responses=PreviewSerializer)
    def get(self, request: Request, organisation: str) -> Response:
        """Say what a deletion would take, or how far the one that goes on is."""
        return told(self.organisation)

    @extend_schema(
        operation_id="organisation_deletion_skip", request=Skip, responses=DeletionSerializer
    )
    def post(self, request: Request, organisation: str) -> Response:
        """Leave out a step that waits for what is gone for good."""
        return skipped(self.organisation, self.body(Skip).skip, self.actor)


class Deletions(OrganisationView):
    """Deletions of an organisation's environments, past ones too."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "organisation.view"}
    pagination_class = NumberedPages

    @extend_schema(operation_id="deletions_list", responses=DeletionSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List them, the newest first."""
        rows = Deletion.objects.filter(organisation=self.organisation.name)
        return self.page(rows, DeletionSerializer)


class ArchiveEnvironment(EnvironmentView):
    """Archiving of an environment."""

    rights: ClassVar[Mapping[str, str]] = {"POST": "environment.change"}
    changes_idle = True

    @extend_schema(operation_id="environment_archive", request=None, responses={204: None})
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Let nothing change in it until it is restored."""
        archiving.archive_environment(self.environment, actor=self.actor)
        return Response(status=204)


class RestoreEnvironment(EnvironmentView):
    """Restoring of an archived environment."""

    rights: ClassVar[Mapping[str, str]] = {"POST": "environment.change"}
    changes_idle = True

    @extend_schema(operation_id="environment_restore", request=None, responses={204: None})
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Let it change again."""
        archiving.restore_environment(self.environment, actor=self.actor)
        return Response(status=204)


class ArchiveOrganisation(OrganisationView):
    """Archiving of an organisation with its environments."""

    rights: ClassVar[Mapping[str, str]] = {"POST": PLATFORM}
    changes_idle = True

    @extend_schema(operation_id="organisation_archive", request=None, responses={204: None})
    def post(self, request: Request, organisation: str) -> Response:
        """Let nothing change in it and its environments. For platform administrators."""
        archiving.archive_organisation(self.organisation, actor=self.actor)
        return Response(status=204)


class RestoreOrganisation(OrganisationView):
    """Restoring of an archived organisation."""

    rights: ClassVar[Mapping[str, str]] = {"POST": PLATFORM}
    changes_idle = True

    @extend_schema(operation_id="organisation_restore", request=None, responses={204: None})
    def post(self, request: Request, organisation: str) -> Response:
        """Let it change again. For platform administrators."""
        archiving.restore_organisation(self.organisation, actor=self.actor)
        return Response(status=204)
