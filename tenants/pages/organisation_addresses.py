"""Addresses of the pages of an organisation."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants.pages.life import organisation_life

urlpatterns: list[URLPattern] = [path("life/", organisation_life, name="organisation-life")]
