"""Groups of an organisation's users."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import OrganisationView
from tenants.models import Group, User
from tenants.services.groups import change_group, create_group, delete_group
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict
from vamp.errors import NotFound

MOST_MEMBERS = 5_000
Logins = Annotated[list[Annotated[str, Field(max_length=127)]], Field(max_length=MOST_MEMBERS)]
Title = Annotated[str, Field(max_length=127)]


class GroupSerializer(serializers.Serializer[Group]):
    """Users who are given roles together."""

    name = serializers.CharField()
    title = serializers.CharField()
    members = serializers.SerializerMethodField(help_text="Logins.")

    def get_members(self, group: Group) -> list[str]:
        """Return the logins of its members."""
        return [user.login for user in group.members.all()]


class GroupChange(Strict):
    """What may be changed of a group; what is left out stays."""

    title: Title | None = None
    members: Logins | None = None


class NewGroup(Strict):
    """A group to be made."""

    name: Annotated[str, Field(max_length=63)]
    title: Title = ""
    members: Logins = []


class Groups(OrganisationView):
    """The groups of an organisation."""

    rights = {"GET": "group.view", "POST": "group.create"}
    pagination_class = NumberedPages
    queries = {"GET": BeginsQuery}

    @extend_schema(operation_id="groups_list", responses=GroupSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the groups with their members."""
        members = Prefetch("members", User.objects.order_by("login"))
        rows = beginning(self.organisation.groups.prefetch_related(members), self.wanted)
        return self.page(rows, GroupSerializer)

    @extend_schema(operation_id="groups_create", request=NewGroup, responses={201: GroupSerializer})
    def post(self, request: Request, organisation: str) -> Response:
        """Make a group."""
        wanted = self.body(NewGroup)
        group = create_group(self.organisation, actor=self.actor, **wanted.model_dump())
        headers = {"Location": f"{request.path}/{group.name}"}
        return Response(GroupSerializer(group).data, status=201, headers=headers)


class GroupDetail(OrganisationView):
    """One group."""

    rights = {"GET": "group.view", "PATCH": "group.view", "DELETE": "group.delete"}

    @extend_schema(operation_id="groups_read", responses=GroupSerializer)
    def get(self, request: Request, organisation: str, group: str) -> Response:
        """Show one group with its members."""
        return Response(GroupSerializer(self._group(group)).data)

    @extend_schema(operation_id="groups_change", request=GroupChange, responses=GroupSerializer)
    def patch(self, request: Request, organisation: str, group: str) -> Response:
        """Change title or members; a member is added only by who may do all that the group may."""
        wanted: dict[str, Any] = self.body(GroupChange).model_dump()
        if wanted["title"] is not None:
            self.require("group.change")
        if wanted["members"] is not None:
            self.require("group.manage-members")
        changed = change_group(
            self._group(group), actor=self.actor, authority=self.authority, **wanted
        )
        return Response(GroupSerializer(changed).data)

    @extend_schema(operation_id="groups_delete", responses={204: None})
    def delete(self, request: Request, organisation: str, group: str) -> Response:
        """Delete a group with all that is given to it."""
        delete_group(self._group(group), actor=self.actor)
        return Response(status=204)

    def _group(self, name: str) -> Group:
        group = Group.objects.filter(organisation=self.organisation, name=name).first()
        if group is None:
            raise NotFound(f"There is no group {name} in {self.organisation}.")
        return group
