"""SQL databases of an organisation's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.connections import CheckedSerializer
from tenants.api.connections import shown as checked_words
from tenants.api.scope import PLATFORM, OrganisationView
from tenants.models import DedicatedDatabase
from tenants.services.database_checks import ask_database
from tenants.services.dedicated import (
    MOST_PASSWORD_CHARACTERS,
    change_database,
    create_database,
    database_of,
    forget_database,
)
from tenants.storage import shown
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.databases import DEFAULT
from vamp.documents.validation import Strict

Password = Annotated[str, Field(max_length=MOST_PASSWORD_CHARACTERS, repr=False)]
MaybePassword = Annotated[str | None, Field(max_length=MOST_PASSWORD_CHARACTERS, repr=False)]


class DatabaseSerializer(serializers.Serializer[DedicatedDatabase]):
    """A dedicated database; its password is written and never shown."""

    name = serializers.CharField(source="alias")
    url = serializers.SerializerMethodField(help_text="Without the password and options.")
    state = serializers.CharField(help_text="preparing, ready or failed.")
    step = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    error = serializers.CharField(help_text="What it waits for, or why it failed; empty if well.")
    created_at = serializers.DateTimeField()

    def get_url(self, row: DedicatedDatabase) -> str:
        """Return the URL as people may see it."""
        return shown(row.url)


class DatabaseChange(Strict):
    """How a database is reached; what is left out stays."""

    url: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    password: MaybePassword = None


class NewDatabase(Strict):
    """A database to be known by `name` from now on."""

    name: Annotated[str, Field(max_length=63)]
    url: Annotated[str, Field(max_length=255)]
    password: Password = ""


class Databases(OrganisationView):
    """The databases of an organisation."""

    rights: ClassVar[Mapping[str, str]] = {
        "GET": "storage.view",
        "POST": PLATFORM,
    }
    pagination_class = NumberedPages
    queries = {"GET": BeginsQuery}

    @extend_schema(operation_id="databases_list", responses=DatabaseSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the organisation's own databases, with how far their preparation is."""
        rows = DedicatedDatabase.objects.using(DEFAULT).filter(organisation=self.organisation)
        return self.page(beginning(rows, self.wanted, field="alias"), DatabaseSerializer)

    @extend_schema(
        operation_id="databases_create", request=NewDatabase, responses={202: DatabaseSerializer}
    )
    def post(self, request: Request, organisation: str) -> Response:
        """Name a database; it is looked at and its tables are made at once. Safe to repeat."""
        wanted = self.body(NewDatabase)
        row = create_database(
            self.organisation, wanted.name, wanted.url, password=wanted.password, actor=self.actor
        )
        return Response(DatabaseSerializer(row).data, status=202)


class DatabaseDetail(OrganisationView):
    """One database of an organisation."""

    rights: ClassVar[Mapping[str, str]] = {
        "GET": "storage.view",
        "PATCH": PLATFORM,
        "DELETE": PLATFORM,
    }

    @extend_schema(operation_id="databases_read", responses=DatabaseSerializer)
    def get(self, request: Request, organisation: str, database: str) -> Response:
        """Show one database."""
        return Response(DatabaseSerializer(database_of(self.organisation, database)).data)

    @extend_schema(
        operation_id="databases_change", request=DatabaseChange, responses=DatabaseSerializer
    )
    def patch(self, request: Request, organisation: str, database: str) -> Response:
        """Say how it is reached now; one whose preparation failed is prepared anew."""
        wanted = self.body(DatabaseChange)
        row = change_database(
            database_of(self.organisation, database),
            url=wanted.url,
            password=wanted.password,
            actor=self.actor,
        )
        return Response(DatabaseSerializer(row).data)

    @extend_schema(operation_id="databases_forget", responses={204: None})
    def delete(self, request: Request, organisation: str, database: str) -> Response:
        """Forget a database in which nothing lies any more. Its tables stay."""
        forget_database(database_of(self.organisation, database), actor=self.actor)
        return Response(status=204)


class DatabaseTest(OrganisationView):
    """The test of one database."""

    rights: ClassVar[Mapping[str, str]] = {"POST": "connection.test"}

    @extend_schema(operation_id="databases_test", request=None, responses=CheckedSerializer)
    def post(self, request: Request, organisation: str, database: str) -> Response:
        """Ask it now: whether it answers, and whether Vamp may do there what it must."""
        found = ask_database(database_of(self.organisation, database), actor=self.actor)
        return Response(CheckedSerializer(checked_words(found)).data)
