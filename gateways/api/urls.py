"""Addresses of the API of `gateways`."""

from django.urls import include, path

from gateways.api.agents import AgentDetail, Agents, Report, Rollups
from gateways.api.gateways import GatewayDetail, Gateways, GatewayStatus, GatewayYaml
from gateways.api.services import ServiceDetail, Services, VersionRestart, VersionScale
from gateways.api.traffic import GatewayTraffic
from gateways.api.weights import GatewayWeights

_VERSION = "services/<str:service>/versions/<str:version>"

_environment = [
    path("agents", Agents.as_view(), name="api-agents"),
    path("agents/<str:agent>", AgentDetail.as_view(), name="api-agent"),
    path("agents/<str:agent>/report", Report.as_view(), name="api-agent-report"),
    path("agents/<str:agent>/rollups", Rollups.as_view(), name="api-agent-rollups"),
    path("gateways", Gateways.as_view(), name="api-gateways"),
    path("gateways/<str:gateway>", GatewayDetail.as_view(), name="api-gateway"),
    path("gateways/<str:gateway>/status", GatewayStatus.as_view(), name="api-gateway-status"),
    path("gateways/<str:gateway>/traffic", GatewayTraffic.as_view(), name="api-gateway-traffic"),
    path("gateways/<str:gateway>/weights", GatewayWeights.as_view(), name="api-gateway-weights"),
    path("gateways/<str:gateway>/yaml", GatewayYaml.as_view(), name="api-gateway-yaml"),
    path("services", Services.as_view(), name="api-services"),
    path("services/<str:service>", ServiceDetail.as_view(), name="api-service"),
    path(f"{_VERSION}/restart", VersionRestart.as_view(), name="api-version-restart"),
    path(f"{_VERSION}/scale", VersionScale.as_view(), name="api-version-scale"),
]

urlpatterns = [
    path("organisations/<str:organisation>/environments/<str:environment>/", include(_environment))
]
