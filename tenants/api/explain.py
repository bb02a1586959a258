"""May X do Y, and through which binding?"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import MEMBERS, EnvironmentView, OrganisationView, PersonView
from tenants.domain.authority import Decision
from tenants.domain.rights import ALL, OBJECT_KINDS, VERBS
from tenants.models import Environment, Organisation
from tenants.selectors import principal_named
from tenants.services.explaining import asked_of, shown
from vamp.api.query import Query
from vamp.errors import Fault, Invalid


class ExplainQuery(Query):
    """The question."""

    user = serializers.CharField(
        default="", help_text="A login, or token:<name> of a service; left out: the caller."
    )
    verb = serializers.CharField(help_text="Such as change.")
    object = serializers.CharField(help_text="A kind, or a kind and a name: gateway/shop.")


class ExplanationSerializer(serializers.Serializer[Any]):
    """The answer."""

    allowed = serializers.BooleanField()
    right = serializers.CharField()
    reason = serializers.CharField(help_text="A sentence.")
    because = serializers.JSONField(
        allow_null=True, help_text="The binding that allows it; null where none does."
    )


class _Explain(PersonView):
    queries = {"GET": ExplainQuery}
    rights = {"GET": MEMBERS}

    def answer(self, organisation: Organisation, environment: Environment | None) -> Response:
        right, name = right_of(self.wanted["verb"], self.wanted["object"])
        login = self.wanted["user"]
        if login in ("", self.person.login):
            who = self.person
        else:
            self.require("binding.view")
            who = principal_named(organisation, login)
        decision: Decision = asked_of(who, right, organisation, environment, name)
        return Response(ExplanationSerializer(shown(decision)).data)


class OrganisationExplain(_Explain, OrganisationView):
    """May X do Y in the organisation?"""

    @extend_schema(operation_id="explain_in_organisation", responses=ExplanationSerializer)
    def get(self, request: Request, organisation: str) -> Response:
        """Say whether somebody may do something, and through which binding."""
        return self.answer(self.organisation, None)


class EnvironmentExplain(_Explain, EnvironmentView):
    """May X do Y in the environment?"""

    @extend_schema(operation_id="explain_in_environment", responses=ExplanationSerializer)
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Say whether somebody may do something in the environment, and through which binding."""
        return self.answer(self.environment.organisation, self.environment)


def right_of(verb: str, thing: str) -> tuple[str, str]:
    """Return the right and the object's name that a question is about.

    Raises:
        Invalid: there is no such kind or verb.
    """
    kind, _, name = thing.partition("/")
    right = f"{kind}.{verb}"
    if kind not in VERBS:
        raise Invalid(
            faults=[Fault("/object", f"{kind[:40]!r} is no kind", f"kinds: {', '.join(VERBS)}")]
        )
    if right not in ALL:
        hint = f"verbs of {kind}: {', '.join(VERBS[kind])}"
        raise Invalid(faults=[Fault("/verb", f"{verb[:40]!r} cannot be done to a {kind}", hint)])
    if name and kind not in (*OBJECT_KINDS, "release"):
        name = ""  # rights on these are for all of their kind
    return right, name
