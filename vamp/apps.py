"""The core as a Django app."""

from django.apps import AppConfig


class VampConfig(AppConfig):
    """Loads the Celery application, so that tasks queued by name are known to every process."""

    name = "vamp"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Register Celery's application and its tasks."""
        import vamp.celery  # noqa: F401
