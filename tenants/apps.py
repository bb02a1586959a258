"""Tenants as a Django app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Hears who logs in, out, and in vain."""

    name = "tenants"

    def ready(self) -> None:
        """Connect the receivers of Django's signals."""
        from tenants.services import sign_ins

        sign_ins.connect()
