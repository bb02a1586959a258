"""Every door's address. Names apps by string, imports none of them."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from vamp import health
from vamp.adminsite.scoped import nowhere

handler403 = "vamp.pages.failure.not_allowed"
handler404 = "vamp.pages.failure.not_found"
handler500 = "vamp.pages.failure.server_error"
urlpatterns = [
    path("", RedirectView.as_view(url="/admin/"), name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
    path("api/v1/", include("tenants.api.urls")),
    path("api/v1/", include("gateways.api.urls")),
    path("api/v1/", include("policies.api.urls")),
    path("admin/", include("tenants.pages.account_addresses")),
    path("admin/", include("policies.pages.urls")),
    path("admin/r/<path:rest>", nowhere, name="view-on-site"),
    path("admin/", admin.site.urls),
]
