"""Addresses of the API of `policies`."""

from django.urls import include, path

from policies.api.apply import Apply
from policies.api.policies import (
    Policies,
    PolicyDetail,
    PolicyVersionDetail,
    PolicyVersions,
    PolicyYaml,
)
from policies.api.releases import (
    GatewayReleases,
    ReleaseAction,
    ReleaseDetail,
    ReleaseEvaluations,
    Releases,
)
from policies.api.status import EnvironmentStatus

_POLICY = "policies/<str:policy>"
_GATEWAY = "gateways/<str:gateway>/releases"
_RELEASE = f"{_GATEWAY}/<int:number>"

_environment = [
    path("apply", Apply.as_view(), name="api-apply"),
    path("status", EnvironmentStatus.as_view(), name="api-environment-status"),
    path("policies", Policies.as_view(), name="api-policies"),
    path(_POLICY, PolicyDetail.as_view(), name="api-policy"),
    path(f"{_POLICY}/yaml", PolicyYaml.as_view(), name="api-policy-yaml"),
    path(f"{_POLICY}/versions", PolicyVersions.as_view(), name="api-policy-versions"),
    path(
        f"{_POLICY}/versions/<int:number>",
        PolicyVersionDetail.as_view(),
        name="api-policy-version",
    ),
    path("releases", Releases.as_view(), name="api-releases"),
    path(_GATEWAY, GatewayReleases.as_view(), name="api-gateway-releases"),
    path(_RELEASE, ReleaseDetail.as_view(), name="api-release"),
    path(f"{_RELEASE}/evaluations", ReleaseEvaluations.as_view(), name="api-release-evaluations"),
    path(f"{_RELEASE}/<str:action>", ReleaseAction.as_view(), name="api-release-action"),
]

urlpatterns = [
    path("organisations/<str:organisation>/environments/<str:environment>/", include(_environment))
]
