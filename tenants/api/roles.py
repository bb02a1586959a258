"""Roles: those that Vamp brings along, and the organisation's own."""

from __future__ import annotations

from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import OrganisationView
from tenants.domain.rights import BUILTIN, BuiltinRole
from tenants.models import Role
from tenants.services.roles import change_role, create_role, delete_role
from vamp.api.documents import named
from vamp.documents.validation import Strict, validated
from vamp.errors import Conflict, Fault, NotFound

Right = Annotated[str, Field(max_length=80)]


class RoleSerializer(serializers.Serializer[Any]):
    """A named set of rights."""

    name = serializers.CharField()
    title = serializers.CharField()
    rights = serializers.ListField(
        child=serializers.CharField(), help_text="<kind>.<verb>; either half may be *."
    )
    builtin = serializers.BooleanField(help_text="Every organisation has it; nobody changes it.")


class RoleChange(Strict):
    """What may be changed of a role; what is left out stays."""

    title: Annotated[str, Field(max_length=127)] | None = None
    rights: Annotated[list[Right], Field(min_length=1, max_length=200)] | None = None


class NewRole(Strict):
    """A role to be made."""

    name: Annotated[str, Field(max_length=63)]
    rights: Annotated[list[Right], Field(min_length=1, max_length=200)]
    title: Annotated[str, Field(max_length=127)] = ""


class PutRole(NewRole):
    """A role as its address shall have it; the address says its name."""

    name: Annotated[str, Field(max_length=63)] = ""


def shape_of(role: Role | BuiltinRole) -> dict[str, Any]:
    """Return a role as the API shows it."""
    if isinstance(role, BuiltinRole):
        rights = list(role.patterns)
        return {"name": role.name, "title": role.title, "rights": rights, "builtin": True}
    return {"name": role.name, "title": role.title, "rights": role.rights, "builtin": False}


class Roles(OrganisationView):
    """The roles of an organisation."""

    rights = {"GET": "role.view", "POST": "role.create"}

    @extend_schema(operation_id="roles_list", responses=RoleSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the roles that Vamp brings along, then the organisation's own."""
        rows: list[Role | BuiltinRole] = [*BUILTIN.values(), *self.organisation.roles.all()]
        return Response({"count": len(rows), "results": [shape_of(row) for row in rows]})

    @extend_schema(operation_id="roles_create", request=NewRole, responses={201: RoleSerializer})
    def post(self, request: Request, organisation: str) -> Response:
        """Make a role; nobody can put rights into it that they do not have themselves."""
        wanted = self.body(NewRole)
        role = create_role(
            self.organisation,
            wanted.name,
            wanted.rights,
            title=wanted.title,
            actor=self.actor,
            authority=self.authority,
        )
        headers = {"Location": f"{request.path}/{role.name}"}
        return Response(shape_of(role), status=201, headers=headers)


class RoleDetail(OrganisationView):
    """One role."""

    rights = {
        "GET": "role.view", "PUT": "role.change", "PATCH": "role.change", "DELETE": "role.delete",
    }  # fmt: skip

    @extend_schema(operation_id="roles_read", responses=RoleSerializer)
    def get(self, request: Request, organisation: str, role: str) -> Response:
        """Show one role."""
        return Response(shape_of(BUILTIN.get(role) or self._own(role)))

    @extend_schema(
        operation_id="roles_put",
        request=PutRole,
        responses={200: RoleSerializer, 201: RoleSerializer},
    )
    def put(self, request: Request, organisation: str, role: str) -> Response:
        """Make the role what the document says; make it where there is none."""
        wanted = validated(PutRole, named(self.document(), role))
        held = self.organisation.roles.filter(name=role).first()
        if held is None:
            self.require("role.create")
            made = create_role(
                self.organisation,
                role,
                wanted.rights,
                title=wanted.title,
                actor=self.actor,
                authority=self.authority,
            )
            return Response(shape_of(made), status=201)
        return Response(self._changed(held, wanted.rights, wanted.title))

    @extend_schema(operation_id="roles_change", request=RoleChange, responses=RoleSerializer)
    def patch(self, request: Request, organisation: str, role: str) -> Response:
        """Change title or rights; all who have the role notice at once."""
        wanted = self.body(RoleChange)
        return Response(self._changed(self._own(role), wanted.rights, wanted.title))

    @extend_schema(operation_id="roles_delete", responses={204: None})
    def delete(self, request: Request, organisation: str, role: str) -> Response:
        """Delete a role; 409 where somebody has it."""
        delete_role(self._own(role), actor=self.actor)
        return Response(status=204)

    def _changed(self, role: Role, rights: list[str] | None, title: str | None) -> dict[str, Any]:
        changed = change_role(
            role, rights=rights, title=title, actor=self.actor, authority=self.authority
        )
        return shape_of(changed)

    def _own(self, name: str) -> Role:
        if name in BUILTIN:
            message = f"role {name} comes with Vamp and stays as it is"
            raise Conflict(faults=[Fault("/name", message, "make one of your own beside it")])
        role = Role.objects.filter(organisation=self.organisation, name=name).first()
        if role is None:
            raise NotFound(f"There is no role {name} in {self.organisation}.")
        return role
