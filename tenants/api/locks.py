"""Locks after failed sign-ins: shown, and lifted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import PLATFORM, OrganisationView, PersonView
from tenants.models import SignInFailures
from tenants.services.lockout import COOL_OFF, PAIR_LIMIT, lift
from vamp.api.pagination import NumberedPages
from vamp.errors import NotFound


class FailuresSerializer(serializers.Serializer[SignInFailures]):
    """Failed sign-ins of one login, or token, from one address."""

    id = serializers.IntegerField()
    subject = serializers.CharField(help_text="A login, or `token:` and a token's prefix.")
    address = serializers.CharField()
    failures = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    is_locked = serializers.SerializerMethodField(help_text="Refused from there at present.")
    until = serializers.SerializerMethodField(help_text="When the count begins anew.")

    def get_is_locked(self, row: SignInFailures) -> bool:
        """Tell whether this pair reached its limit."""
        return row.failures >= PAIR_LIMIT

    def get_until(self, row: SignInFailures) -> str:
        """Return when it is over by itself."""
        return (row.last_at + COOL_OFF).isoformat()


class Locks(OrganisationView):
    """Failed sign-ins of an organisation's people and tokens."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "session.view"}
    pagination_class = NumberedPages

    @extend_schema(operation_id="locks_list", responses=FailuresSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List what failed in the last quarter of an hour, and what is locked for it."""
        return self.page(_recent().filter(organisation=self.organisation), FailuresSerializer)


class LockDetail(OrganisationView):
    """One count of failed sign-ins."""

    rights: ClassVar[Mapping[str, str]] = {"DELETE": "session.delete"}

    @extend_schema(operation_id="locks_lift", request=None, responses={204: None})
    def delete(self, request: Request, organisation: str, lock: int) -> Response:
        """Lift it: the login may be tried from that address at once."""
        lift(_one(_recent().filter(organisation=self.organisation), lock), actor=self.actor)
        return Response(status=204)


class InstallationLocks(PersonView):
    """Failed sign-ins of the whole installation, those of no tenant included."""

    rights: ClassVar[Mapping[str, str]] = {"GET": PLATFORM}
    pagination_class = NumberedPages

    @extend_schema(operation_id="installation_locks_list", responses=FailuresSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List what failed in the last quarter of an hour. For platform administrators."""
        return self.page(_recent(), FailuresSerializer)


class InstallationLock(PersonView):
    """One count of failed sign-ins, whosever."""

    rights: ClassVar[Mapping[str, str]] = {"DELETE": PLATFORM}

    @extend_schema(operation_id="installation_locks_lift", request=None, responses={204: None})
    def delete(self, request: Request, lock: int) -> Response:
        """Lift it. For platform administrators."""
        lift(_one(_recent(), lock), actor=self.actor)
        return Response(status=204)


def _recent() -> Any:
    recent = SignInFailures.objects.since(timezone.now() - COOL_OFF)
    return recent.select_related("organisation")


def _one(rows: Any, lock: int) -> SignInFailures:
    found: SignInFailures | None = rows.filter(pk=lock).first()
    if found is None:
        raise NotFound(f"There is no lock {lock}.")
    return found
