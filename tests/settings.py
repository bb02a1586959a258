"""Settings of the test suite: two databases, everything else embedded and in a throw-away folder."""

import os
import tempfile

os.environ.setdefault("VAMP_STATE_DIR", tempfile.mkdtemp(prefix="vamp-tests-"))

from vamp.database_url import described
from vamp.settings import *

_FOLDER = os.environ["VAMP_STATE_DIR"]
DATABASES = {
    "default": described(f"sqlite://{_FOLDER}/default.sqlite3"),
    "dedicated": described(f"sqlite://{_FOLDER}/dedicated.sqlite3"),
}
for _alias, _described in DATABASES.items():
    # In files, as an installation's: in memory, threads would share one cache, which locks whole tables
    # and lets nobody wait for them.
    _described["TEST"] = {"NAME": f"{_FOLDER}/tests-{_alias}.sqlite3"}
    _described["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
SECRET_KEY = "tests"
# Else each client of each test walks over all static files before its first request.
WHITENOISE_AUTOREFRESH = True
