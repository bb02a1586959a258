"""An empty Django site with an admin: migrates, serves. The floor of ``up.ready``."""

from __future__ import annotations

import sys
from types import ModuleType

import django
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command

APPS = ["admin", "auth", "contenttypes", "sessions", "messages", "staticfiles"]

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]


def main(folder: str, port: int) -> None:
    """Serve on loopback until a signal ends the process."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/site.sqlite3"}
        },
        INSTALLED_APPS=[f"django.contrib.{name}" for name in APPS],
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF="bare_site_urls",
        SECRET_KEY="bare",
        STATIC_URL="static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": PROCESSORS},
            }
        ],
    )
    django.setup()
    from django.contrib import admin
    from django.urls import path

    urls = ModuleType("bare_site_urls")
    vars(urls)["urlpatterns"] = [path("admin/", admin.site.urls)]
    sys.modules["bare_site_urls"] = urls
    call_command("migrate", verbosity=0, interactive=False)
    uvicorn.run(get_asgi_application(), host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
