"""Addresses of this app's pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from tenants.models import Environment
from tenants.pages import cloning, connections, life, setup, storage, switcher
from tenants.pages.page import environment_page


@environment_page("")
def environment(request: HttpRequest, found: Environment) -> HttpResponse:
    """Switch to the environment of the address and show its overview."""
    return switcher.switch(request, found)


urlpatterns: list[URLPattern] = [
    path("", environment, name="environment"),
    path("storage/", storage.storage, name="storage"),
    path("storage/<int:move>/cancel/", storage.cancel, name="storage-cancel"),
    path("storage/<int:move>/finish/", storage.finish, name="storage-finish"),
    path("clone/", cloning.clone, name="environment-clone"),
    path("life/", life.environment_life, name="environment-life"),
    path("connections/", connections.of_environment, name="connections"),
    path("setup/", setup.setup, name="setup"),
]
