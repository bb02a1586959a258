"""Tenants as a Django app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Listens to sign-ins, so that each session knows where it began."""

    name = "tenants"

    def ready(self) -> None:
        """Connect the listeners."""
        import tenants.signals  # noqa: F401
