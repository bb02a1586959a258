"""Addresses of the API of `gateways`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
