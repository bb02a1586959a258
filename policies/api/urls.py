"""Addresses of the API of `policies`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
