"""The WSGI application. Server-sent events need ASGI: prefer `vamp.asgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vamp.settings")
application = get_wsgi_application()
