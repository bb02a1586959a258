"""The description of the API says how callers say who they are."""

from __future__ import annotations

from drf_spectacular.generators import SchemaGenerator

from tenants.api.openapi import TokenScheme


def test_schema__of_the_api__names_the_header_and_asks_for_it(db):
    schema = SchemaGenerator().get_schema(request=None, public=True)

    scheme = schema["components"]["securitySchemes"][TokenScheme.name]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    assert {"token": []} in schema["paths"]["/api/v1/me"]["get"]["security"]
