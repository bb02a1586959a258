"""Addresses of the pages of an organisation."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants.pages import salts
from tenants.pages.databases import databases
from tenants.pages.life import organisation_life

urlpatterns: list[URLPattern] = [
    path("databases/", databases, name="organisation-databases"),
    path("passwords/", salts.of_organisation, name="organisation-passwords"),
    path("life/", organisation_life, name="organisation-life"),
]
