from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from tests.conftest import DATABASES
from vamp import migrating
from vamp.dependencies import (
    NEEDS,
    Dependency,
    _ask_dedicated,
    _dedicated,
    dependencies_of,
    faults,
    is_ready,
    with_dedicated,
)
from vamp.errors import Conflict, NotFound
from vamp.ports.errors import PortUnavailable


class Asked:
    """Counts questions; answers with what it is told to raise."""

    def __init__(self, error=None):
        self.times, self.error = 0, error

    def __call__(self):
        self.times += 1
        if self.error:
            raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, ""),
        (PortUnavailable("Vault at vault:8200 is sealed; unseal it"), "is sealed; unseal it"),
        (NotFound("no such thing"), "no such thing"),
        (OSError("mysql://vamp:hunter2@db is away"), "OSError"),
    ],
)
def test_fault__by_what_the_question_raises__says_what_is_wrong_without_secrets(error, told):
    fault = Dependency("x", Asked(error)).fault()

    assert told in fault
    assert bool(fault) == bool(error)
    assert "hunter2" not in fault


def test_fault__asked_again_within_the_cache__asks_once():
    asked = Asked()
    kept, fresh = Dependency("x", asked, cache_s=3600), Dependency("x", asked, cache_s=0)
    for _ in range(3):
        kept.fault()
    assert asked.times == 1

    for _ in range(3):
        fresh.fault()

    assert asked.times == 4


def test_fault__mended__is_told_no_more():
    asked = Asked(OSError())
    dependency = Dependency("x", asked, cache_s=0)
    assert dependency.fault() == "OSError"

    asked.error = None

    assert dependency.fault() == ""


def test_fault__question_hangs__is_told_and_not_asked_again_until_it_comes_back():
    released, times = threading.Event(), []

    def hangs():
        times.append(1)
        released.wait(60)

    dependency = Dependency("x", hangs, cache_s=0, limit_s=0.01)
    assert dependency.fault().startswith("no answer for ")
    assert dependency.fault().startswith("no answer for ")
    assert len(times) == 1

    question = dependency.begin()
    released.set()
    assert question.answered.wait(10)

    assert Dependency("x", Asked()).fault() == ""
    dependency.fault()
    assert len(times) == 2


def test_faults__of_several__are_told_by_name():
    found = faults([Dependency("broker", Asked()), Dependency("database", Asked(OSError()))])

    assert found == {"broker": "", "database": "OSError"}


@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("process", NEEDS)
def test_dependencies_of__each_process__answer_on_embedded_stores(process):
    needed = with_dedicated(dependencies_of(process))

    assert {"database default", "database dedicated"} <= {each.name for each in needed}
    assert faults(needed) == dict.fromkeys((each.name for each in needed), "")
    assert [each.name for each in needed if not each.is_vital] == ["database dedicated"]


def test_is_ready__without_what_only_some_environments_need__is_so():
    vital = Dependency("database default", Asked())
    own = Dependency("database acme-own", Asked(OSError()), is_vital=False)

    assert is_ready([vital, own], faults([vital, own]))
    away = Dependency("broker", Asked(OSError()))
    assert not is_ready([vital, away], faults([vital, away]))


@pytest.mark.django_db(databases=DATABASES)
def test_dedicated_database__whose_tables_are_behind__is_named_with_what_to_do():
    MigrationRecorder(connections["dedicated"]).migration_qs.filter(app="gateways").delete()
    migrating.forget("dedicated")
    _dedicated.cache_clear()
    try:
        with pytest.raises(Conflict, match=r"migrations behind; run manage\.py migrate_all"):
            _ask_dedicated("dedicated")
    finally:
        migrating.forget("dedicated")


@pytest.mark.django_db(databases=DATABASES)
def test_dependencies_of__web__needs_no_store_without_which_the_api_goes_on():
    assert {each.name.split()[0] for each in dependencies_of("web")} == {"database"}
