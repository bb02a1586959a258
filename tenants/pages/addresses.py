"""Addresses of this app's pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from tenants.models import Environment
from tenants.pages import connections, setup, switcher
from tenants.pages.page import environment_page


@environment_page
def environment(request: HttpRequest, found: Environment) -> HttpResponse:
    """Switch to the environment of the address and show its overview."""
    return switcher.switch(request, found)


urlpatterns: list[URLPattern] = [
    path("", environment, name="environment"),
    path("connections/", connections.of_environment, name="connections"),
    path("setup/", setup.setup, name="setup"),
]
