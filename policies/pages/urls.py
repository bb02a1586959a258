"""Addresses of the pages that lists and forms are not enough for.

Each carries its organisation and environment, so that a link shows everybody the same thing.
"""

from django.urls import include, path

from gateways.pages import agents, document, lifter, weights
from policies.pages import board, gateway, intervention, policy, release, search, service, start
from tenants.pages import audit, connections, events, explain, rotation, salts

HERE = "environments/<slug:organisation>/<slug:environment>/"
GATEWAY = "gateways/<slug:name>/"
AUDIT = "organisations/<slug:organisation>/audit/"
ENTRY = "entries/<slug:database>/<int:entry>/"
RELEASE = "gateways/<slug:gateway>/releases/<int:number>/"

urlpatterns = [
    path("search/", search.search, name="search"),
    path(AUDIT, audit.trail, name="audit"),
    path(f"{AUDIT}export/", audit.export, name="audit-export"),
    path(f"{AUDIT}{ENTRY}", audit.entry, name="audit-entry"),
    path("organisations/<slug:organisation>/events/", events.events, name="events"),
    path("installation/audit/", audit.trail, name="installation-audit"),
    path("installation/audit/export/", audit.export, name="installation-audit-export"),
    path(f"installation/audit/{ENTRY}", audit.entry, name="installation-audit-entry"),
    path("access/", explain.access, name="access"),
    path("tokens/<int:token>/rotate/", rotation.rotate, name="token-rotate"),
    path(HERE, include("tenants.pages.addresses")),
    path("organisations/<slug:organisation>/", include("tenants.pages.organisation_addresses")),
    path("lifter/", lifter.overview, name="lifter"),
    path("lifter/connections/", connections.of_installation, name="installation-connections"),
    path("lifter/passwords/", salts.of_installation, name="installation-passwords"),
    path(
        "organisations/<slug:organisation>/connections/",
        connections.of_organisation,
        name="organisation-connections",
    ),
    path(f"{HERE}agents/", agents.agents, name="agents"),
    path(f"{HERE}releases/", board.board, name="releases"),
    path(f"{HERE}new-gateway/", document.create, name="gateway-new"),
    path(f"{HERE}{GATEWAY}", gateway.gateway, name="gateway"),
    path(f"{HERE}{GATEWAY}weights/", weights.weights, name="gateway-weights"),
    path(f"{HERE}{GATEWAY}document/", document.change, name="gateway-document"),
    path(f"{HERE}{GATEWAY}remove/", document.remove, name="gateway-remove"),
    path(f"{HERE}{GATEWAY}release/", start.start, name="gateway-release"),
    path(f"{HERE}{RELEASE}", release.release, name="release"),
    path(f"{HERE}{RELEASE}<slug:action>/", intervention.intervention, name="release-action"),
    path(f"{HERE}services/<str:name>/", service.service, name="service"),
    path(f"{HERE}new-policy/", policy.create, name="policy-new"),
    path(f"{HERE}policies/<slug:name>/", policy.change, name="policy"),
    path(f"{HERE}policies/<slug:name>/remove/", policy.remove, name="policy-remove"),
]
