"""Gateways as a Django app."""

from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    """Tells tenants what gateways own in an environment."""

    name = "gateways"

    def ready(self) -> None:
        """Register the app's part."""
        from gateways.services.owned import PART
        from tenants.owned_parts import register

        register(PART)
