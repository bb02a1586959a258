"""Fixtures of every test that needs rows: an environment on each database, users, API clients.

Models are imported inside the fixtures, so that tests without rows run without Django too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker
    from rest_framework.test import APIClient

    from tenants.models import Environment, User

DATABASES = ["default", "dedicated"]

KV_KEY = base64.b64encode(bytes(range(32))).decode()

OF_ROWS = frozenset({"environment", "other_environment", "person", "platform_administrator", "api"})
"""Fixtures that bring rows: tests that use one get both databases."""

LONG = ("processes", "browser", "haproxy")
"""Marks of tests that wait for processes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run on another database leave out what no database takes part in."""
    parser.addoption(
        "--with-rows",
        action="store_true",
        help="only tests that use a database; of two alike the one with rows in the dedicated",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Open both databases to tests that use rows and do not say so themselves; long files first.

    Files whose tests start processes take longest. Were they handed out last, the other workers
    would stand idle until the last of them ends.
    """
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & OF_ROWS and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db(databases=DATABASES))
    if "sqlite3" not in _engine():
        others = [item for item in items if item.get_closest_marker("sqlite") is not None]
        items[:] = [item for item in items if item.get_closest_marker("sqlite") is None]
        config.hook.pytest_deselected(items=others)
    if config.getoption("--with-rows"):
        wanted = {item for item in items if _uses_rows(item) and not _has_a_twin(item)}
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = [item for item in items if item in wanted]
    long = {item.path for item in items if any(map(item.get_closest_marker, LONG))}
    items.sort(key=lambda item: item.path not in long)


def _engine() -> str:
    from django.conf import settings

    return str(settings.DATABASES["default"]["ENGINE"])


def _uses_rows(item: pytest.Item) -> bool:
    if item.get_closest_marker("django_db") is not None:
        return True
    return not {"db", "transactional_db"}.isdisjoint(getattr(item, "fixturenames", ()))


def _has_a_twin(item: pytest.Item) -> bool:
    """Tell whether the same test runs with the environment's rows in the dedicated database.

    Which of two databases it is, hangs on no server: both are asked on SQLite. Contracts run whole.
    """
    params = getattr(getattr(item, "callspec", None), "params", {})
    return params.get("database") == DATABASES[0] and "contracts" not in item.path.parts


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Have the tables on SQLite made from the models, in a tenth of the time of all migrations.

    That both come to the same is shown by the gate (no model lacks its migration) and by the run
    on MariaDB, whose tables the migrations make.
    """
    from django.apps import apps
    from django.conf import settings

    if "sqlite3" in _engine():
        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Note in databases without migrations that those are made, as an installation's are."""
    from django.conf import settings
    from django.core.management import call_command

    if settings.MIGRATION_MODULES:
        settings.MIGRATION_MODULES = {}
        with django_db_blocker.unblock():
            for alias in DATABASES:
                call_command("migrate", database=alias, fake=True, verbosity=0)


@pytest.fixture(autouse=True)
def state_folder(request: pytest.FixtureRequest) -> Path | None:
    """Give each test with rows a state folder, stores and doorbells of its own, and return it."""
    if request.node.get_closest_marker("django_db") is None and "db" not in request.fixturenames:
        return None
    folder: Path = request.getfixturevalue("tmp_path") / "state"
    folder.mkdir()
    settings = request.getfixturevalue("settings")
    settings.STATE_DIR = folder
    settings.KV_URL, settings.KV_KEY = f"file://{folder}/kv", KV_KEY
    from django.core.cache import cache
    from kombu.transport.memory import Channel

    from tenants import authorisation
    from tenants.connections import namespaces

    authorisation.forget()  # ids begin anew with each test
    cache.clear()  # used codes of second factors, by ids of users that begin anew with each test
    namespaces._held.clear()  # of the store of the test before, which it remembers for 2 seconds
    Channel.queues.clear()  # tasks that the test before it sent, and nobody ran
    return folder


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The database that the test's environment lies in."""
    return str(request.param)


@pytest.fixture
def environment(db: None, database: str) -> Environment:
    """``acme/production``, once with its rows in the default and once in a dedicated database."""
    from tests.factories import environment_in

    return environment_in(database)


@pytest.fixture
def other_environment(environment: Environment) -> Environment:
    """``globex/production``: another tenant's, with the other database."""
    from tests.factories import environment_in

    other = DATABASES[1 - DATABASES.index(environment.database)]
    return environment_in(other, organisation="globex")


@pytest.fixture
def person(environment: Environment) -> User:
    """``acme/ana``, an administrator of the environment's organisation."""
    from tests.factories import user_of

    return user_of(environment.organisation)


@pytest.fixture
def member(environment: Environment) -> User:
    """``acme/mia``, who may run what is there, and not decide who may what."""
    from tests.factories import user_of

    return user_of(environment.organisation, "mia", role="operator")


@pytest.fixture
def platform_administrator(db: None) -> User:
    """``root``, who belongs to no organisation and sees all of them."""
    from tests.factories import user_of

    return user_of(None, "root")


@pytest.fixture
def client_of() -> Callable[[User | None], APIClient]:
    """Make an API client for a user, or for nobody."""
    from rest_framework.test import APIClient

    def make(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.force_authenticate(user)
        return client

    return make


@pytest.fixture
def api(person: User, client_of: Callable[[User | None], APIClient]) -> APIClient:
    """An API client for ``acme/ana``."""
    return client_of(person)


@pytest.fixture
def now() -> datetime:
    """The present, as rows that must be recent need it."""
    from django.utils import timezone

    return timezone.now()
