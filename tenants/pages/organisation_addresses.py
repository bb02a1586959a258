"""Addresses of the pages of an organisation."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants.pages.databases import databases
from tenants.pages.life import organisation_life

urlpatterns: list[URLPattern] = [
    path("databases/", databases, name="organisation-databases"),
    path("life/", organisation_life, name="organisation-life"),
]
