"""Bindings: which role is given to whom, where."""

from __future__ import annotations

from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import AwareDatetime, Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import OrganisationView
from tenants.models import RoleBinding
from tenants.services.bindings import Wanted, bind, change_binding, shown, unbind
from vamp.api.pagination import NumberedPages
from vamp.api.query import Query
from vamp.documents.units import Percent
from vamp.documents.validation import Strict
from vamp.errors import NotFound

Name = Annotated[str, Field(max_length=127)]


class BindingSerializer(serializers.Serializer[RoleBinding]):
    """A role that is given to a user, a group or a token."""

    id = serializers.IntegerField()
    role = serializers.CharField()
    user = serializers.CharField(help_text="Login; empty where it is given to another.")
    group = serializers.CharField()
    token = serializers.CharField()
    environment = serializers.CharField(help_text="Empty: the organisation with all of them.")
    selector = serializers.CharField(help_text="Only objects with such labels.")
    object = serializers.CharField(help_text="Only this one, such as gateway/shop.")
    expires_at = serializers.DateTimeField(allow_null=True)
    max_weight = serializers.CharField(
        allow_null=True, help_text="Most that a version's weight may be raised to."
    )
    created_by = serializers.CharField()

    def to_representation(self, instance: RoleBinding) -> dict[str, Any]:
        """Return what the audit trail shows of it, too."""
        return shown(instance)


class BindingQuery(Query):
    """Filters of the list of bindings; all given ones must hold."""

    user = serializers.CharField(required=False, help_text="Login.")
    group = serializers.CharField(required=False)
    token = serializers.CharField(required=False)
    environment = serializers.CharField(required=False)

    LOOKUPS = {
        "user": "user__login",
        "group": "group__name",
        "token": "token__name",
        "environment": "environment__name",
    }


class BindingChange(Strict):
    """How long a binding holds, and up to which weight."""

    expires_at: AwareDatetime | None = None
    max_weight: Percent | None = None


class NewBinding(BindingChange):
    """A binding to be made: to exactly one of `user`, `group` and `token`."""

    role: Name
    user: Name = ""
    group: Name = ""
    token: Name = ""
    environment: Name = ""
    selector: Annotated[str, Field(max_length=1000)] = ""
    object: Name = ""


class Bindings(OrganisationView):
    """The bindings of an organisation."""

    rights = {"GET": "binding.view", "POST": "binding.create"}
    pagination_class = NumberedPages
    queries = {"GET": BindingQuery}

    @extend_schema(operation_id="bindings_list", responses=BindingSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List which roles are given to whom, in the order in which they were."""
        filters = {BindingQuery.LOOKUPS[name]: value for name, value in self.wanted.items()}
        rows = self.organisation.bindings.filter(**filters)
        return self.page(
            rows.select_related("role", "user", "group", "token", "environment"), BindingSerializer
        )

    @extend_schema(
        operation_id="bindings_create", request=NewBinding, responses={201: BindingSerializer}
    )
    def post(self, request: Request, organisation: str) -> Response:
        """Give a role; nobody can give what they do not have themselves."""
        wanted = Wanted(**_given(self.body(NewBinding)))
        binding = bind(self.organisation, wanted, actor=self.actor, authority=self.authority)
        headers = {"Location": f"{request.path}/{binding.pk}"}
        return Response(BindingSerializer(binding).data, status=201, headers=headers)


class BindingDetail(OrganisationView):
    """One binding."""

    rights = {"GET": "binding.view", "PATCH": "binding.change", "DELETE": "binding.delete"}

    @extend_schema(operation_id="bindings_read", responses=BindingSerializer)
    def get(self, request: Request, organisation: str, binding: int) -> Response:
        """Show one binding."""
        return Response(BindingSerializer(self._binding(binding)).data)

    @extend_schema(
        operation_id="bindings_change", request=BindingChange, responses=BindingSerializer
    )
    def patch(self, request: Request, organisation: str, binding: int) -> Response:
        """Change how long it holds, or up to which weight; what is left out stays."""
        held = self._binding(binding)
        kept = {"expires_at": held.expires_at, "max_weight": held.max_weight}
        given = _given(self.body(BindingChange))
        changed = change_binding(
            held, actor=self.actor, authority=self.authority, **{**kept, **given}
        )
        return Response(BindingSerializer(changed).data)

    @extend_schema(operation_id="bindings_delete", responses={204: None})
    def delete(self, request: Request, organisation: str, binding: int) -> Response:
        """Take away what it gives, at once and everywhere."""
        unbind(self._binding(binding), actor=self.actor)
        return Response(status=204)

    def _binding(self, pk: int) -> RoleBinding:
        rows = RoleBinding.objects.select_related(
            "organisation", "role", "user", "group", "token", "environment"
        )
        found = rows.filter(organisation=self.organisation, pk=pk).first()
        if found is None:
            raise NotFound(f"There is no binding {pk} in {self.organisation}.")
        return found


def _given(body: BindingChange) -> dict[str, Any]:
    """Return what was sent, weights in hundredths of a percent; `model_dump` would write them as text."""
    return {name: getattr(body, name) for name in body.model_fields_set}
