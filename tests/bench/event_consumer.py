"""``manage.py consume`` with `event_ear` as its one consumer."""

from __future__ import annotations


def main() -> None:
    """Run until SIGTERM."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.CONSUMERS = ["tests.bench.event_ear"]
    call_command("consume", health_port=0)


if __name__ == "__main__":
    main()
