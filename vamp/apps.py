"""The core as a Django app, and the admin with a site of ours."""

from django.apps import AppConfig
from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    """Django's admin, which takes its site from here."""

    default_site = "vamp.adminsite.site.Site"


class VampConfig(AppConfig):
    """Loads the Celery application, so that tasks queued by name are known to every process."""

    name = "vamp"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Register Celery's application and its tasks."""
        import vamp.celery  # noqa: F401
