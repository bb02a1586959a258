"""Release policies: documents in, documents with their versions out."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies.documents.model import PolicyDocument
from policies.documents.read import ReadPolicy, policy_of
from policies.documents.write import written
from policies.models import PolicyVersion, ReleasePolicy
from policies.selectors import document_of, policies_in, policy_in, visible_policies
from policies.services.documents import put_policy, remove_policy
from tenants.api.scope import MEMBERS, EnvironmentView
from vamp.api.documents import named
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.api.preconditions import IF_MATCH, check_revision, with_etag
from vamp.api.query import WriteQuery
from vamp.api.renderers import YamlRenderer
from vamp.errors import Conflict, Fault, NotFound
from vamp.rehearsal import rehearsed


class PolicyVersionSerializer(serializers.Serializer[PolicyVersion]):
    """One version of a policy, which never changes."""

    version = serializers.IntegerField(source="number")
    document = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()

    @extend_schema_field(cast("Any", PolicyDocument))
    def get_document(self, version: PolicyVersion) -> dict[str, Any]:
        """Return the document as it is kept."""
        return dict(version.document)


class PolicySerializer(serializers.Serializer[ReleasePolicy]):
    """A policy in its newest version."""

    name = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField(help_text="What ETag carries.")
    document = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField()

    @extend_schema_field(cast("Any", PolicyDocument))
    def get_document(self, policy: ReleasePolicy) -> dict[str, Any]:
        """Return the newest version's document; no query where versions were prefetched."""
        return dict(newest(policy).document)


class PutPolicySerializer(PolicySerializer):
    """A policy that was just written."""

    notes = serializers.SerializerMethodField(
        help_text="What the conversion from an historic format changed or left out."
    )

    def get_notes(self, policy: ReleasePolicy) -> list[str]:
        """Return what reading the document had to say."""
        return list(self.context["notes"])


class Policies(EnvironmentView):
    """The release policies of an environment."""

    rights = {"GET": "policy.view", "POST": "policy.create"}
    pagination_class = NumberedPages
    queries = {"GET": BeginsQuery, "POST": WriteQuery}

    @extend_schema(operation_id="policies_list", responses=PolicySerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List the policies, each in its newest version."""
        mine = visible_policies(self.person, self.environment)
        return self.page(beginning(mine, self.wanted), PolicySerializer)

    @extend_schema(
        operation_id="policies_create",
        request=PolicyDocument,
        responses={201: PutPolicySerializer},
    )
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Make a policy; 409 where there is one of that name."""
        read = policy_of(self.document())
        name = read.document.name
        with rehearsed(self.environment.database, is_dry_run=self.wanted["dry_run"]):
            if policies_in(self.environment).filter(name=name).exists():
                message = f"there is a policy {name} already"
                raise Conflict(faults=[Fault("/name", message, "PUT to its address changes it")])
            return put(self, read, location=f"{request.path}/{name}")


class PolicyView(EnvironmentView):
    """An address of one policy."""

    @cached_property
    def policy(self) -> ReleasePolicy:
        """The policy that the address names, with its versions.

        Raises:
            NotFound: the environment has none of that name.
        """
        return policy_in(self.environment, self.kwargs["policy"])


class PolicyDetail(PolicyView):
    """One policy."""

    rights = {
        "GET": "policy.view",
        "PUT": MEMBERS,  # and to change or create it, once it is known which
        "DELETE": "policy.delete",
    }
    queries = {"PUT": WriteQuery, "DELETE": WriteQuery}

    @extend_schema(operation_id="policies_read", responses=PolicySerializer)
    def get(self, request: Request, organisation: str, environment: str, policy: str) -> Response:
        """Show a policy; ``ETag`` is its version."""
        return with_etag(Response(PolicySerializer(self.policy).data), self.policy.version)

    @extend_schema(
        operation_id="policies_put",
        parameters=[IF_MATCH],
        request=PolicyDocument,
        responses={200: PutPolicySerializer, 201: PutPolicySerializer},
    )
    def put(self, request: Request, organisation: str, environment: str, policy: str) -> Response:
        """Make the policy what the document says; a change makes a new version."""
        read = policy_of(named(self.document(), policy), name=policy)
        with rehearsed(self.environment.database, is_dry_run=self.wanted["dry_run"]):
            held = policies_in(self.environment).filter(name=policy).first()
            self.require("policy.change" if held else "policy.create")
            check_revision(request, held.version if held else 0, f"policy {policy}")
            return put(self, read, location=request.path)

    @extend_schema(operation_id="policies_remove", parameters=[IF_MATCH], responses={204: None})
    def delete(
        self, request: Request, organisation: str, environment: str, policy: str
    ) -> Response:
        """Remove a policy; 409 where gateways or releases use it."""
        with rehearsed(self.environment.database, is_dry_run=self.wanted["dry_run"]):
            check_revision(request, self.policy.version, f"policy {policy}")
            remove_policy(self.policy, actor=self.actor)
        return Response(status=204)


class PolicyYaml(PolicyView):
    """A policy's document as YAML."""

    rights = {"GET": "policy.view"}
    renderer_classes = [YamlRenderer]

    @extend_schema(
        operation_id="policies_yaml", responses={(200, "application/yaml"): OpenApiTypes.STR}
    )
    def get(self, request: Request, organisation: str, environment: str, policy: str) -> Response:
        """Show the newest version as YAML, as it may be sent back."""
        text = written(document_of(newest(self.policy)))
        return with_etag(Response(text), self.policy.version)


class PolicyVersions(PolicyView):
    """The versions of a policy."""

    rights = {"GET": "policy.view"}
    pagination_class = NumberedPages

    @extend_schema(
        operation_id="policies_versions_list", responses=PolicyVersionSerializer(many=True)
    )
    def get(self, request: Request, organisation: str, environment: str, policy: str) -> Response:
        """List the versions, newest first."""
        rows = PolicyVersion.objects.in_environment(self.environment).filter(policy=self.policy)
        return self.page(rows, PolicyVersionSerializer)


class PolicyVersionDetail(PolicyView):
    """One version of a policy."""

    rights = {"GET": "policy.view"}

    @extend_schema(operation_id="policies_versions_read", responses=PolicyVersionSerializer)
    def get(self, request: Request, organisation: str, environment: str, **names: Any) -> Response:
        """Show one version."""
        number = names["number"]
        for version in self.policy.versions.all():
            if version.number == number:
                return Response(PolicyVersionSerializer(version).data)
        raise NotFound(f"Policy {self.policy} has no version {number}.")


def newest(policy: ReleasePolicy) -> PolicyVersion:
    """Return the version that counts; no query where versions were prefetched."""
    return max(policy.versions.all(), key=lambda version: version.number)


def put(view: EnvironmentView, read: ReadPolicy, *, location: str) -> Response:
    """Write the policy and answer with it."""
    policy, is_new = put_policy(view.environment, read.document, actor=view.actor)
    saved = policy_in(view.environment, policy.name)
    shape: Any = PutPolicySerializer(saved, context={"notes": read.notes})
    response = Response(shape.data, status=201 if is_new else 200)
    if is_new:
        response["Location"] = location
    return with_etag(response, saved.version)
