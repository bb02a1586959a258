"""Tenants as a Django app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Hears who signs in, out, and in vain."""

    name = "tenants"

    def ready(self) -> None:
        """Connect the receivers of Django's signals."""
        import tenants.signals  # noqa: F401
        from tenants.services import sign_ins

        sign_ins.connect()
