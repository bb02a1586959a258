"""Policies as a Django app."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Tells tenants what policies own in an environment."""

    name = "policies"

    def ready(self) -> None:
        """Register the app's part."""
        from policies.services.owned import PART
        from tenants.owned_parts import register

        register(PART)
