import threading
from pathlib import Path

import pytest

from deploy.stack.builds.cache import Cache, cache_folder
from deploy.stack.errors import StackError
from tests.deploy.stack.builds.recipes import Greeting


def silent(what: str) -> None:
    """Nobody listens."""


@pytest.fixture
def recipe(tmp_path):
    script = tmp_path / "greeting.py"
    script.write_text("one")
    return Greeting(script)


@pytest.fixture
def cache(tmp_path, recipe):
    return Cache(tmp_path / "cache", [recipe])


def test_make__for_the_first_time__builds_and_tells_what_goes_on(cache, recipe):
    said = []

    folder = cache.make("greeting", say=said.append)

    assert (folder / "greeting").read_text() == "hello"
    assert cache.folder("greeting") == folder
    assert said == ["fetching sources", "waiting for its turn to be built", "building"]


def test_make__for_the_second_time__builds_nothing(cache, recipe):
    cache.make("greeting", say=silent)

    cache.make("greeting", say=silent)

    assert recipe.built == 1


def test_make__script_has_changed__builds_beside_the_old_one(cache, recipe):
    before = cache.make("greeting", say=silent)
    recipe.script.write_text("two")

    assert cache.make("greeting", say=silent) != before
    assert before.exists()


def test_make__build_that_fails__leaves_nothing_and_names_version_and_log(cache, recipe):
    recipe.refusal = "no room left"

    with pytest.raises(StackError, match=r"(?s)greeting v1\.0: no room left.*its log: .*\.log"):
        cache.make("greeting", say=silent)

    assert not cache.is_built("greeting")
    with pytest.raises(StackError, match="has not been built"):
        cache.folder("greeting")


def test_make__after_a_builder_was_killed__begins_anew(cache, recipe, tmp_path):
    recipe.refusal = "killed"
    with pytest.raises(StackError):
        cache.make("greeting", say=silent)  # its draft stays, as of one that was killed
    assert list((tmp_path / "cache").glob(".*.draft"))
    recipe.refusal = ""

    cache.make("greeting", say=silent)

    assert cache.is_built("greeting")
    assert not list((tmp_path / "cache").glob(".*.draft"))


def test_make__by_two_at_once__builds_once(recipe, tmp_path):
    begun, go_on = threading.Event(), threading.Event()
    recipe.meanwhile = lambda: (begun.set(), go_on.wait(30))
    said = []

    def say_and_let_go_on(what: str) -> None:
        said.append(what)
        go_on.set()

    one = threading.Thread(target=lambda: Cache(tmp_path, [recipe]).make("greeting", say=silent))
    one.start()
    assert begun.wait(30)
    Cache(tmp_path, [recipe]).make("greeting", say=say_and_let_go_on)
    one.join()

    assert recipe.built == 1
    assert said == ["being built by another command; waiting for it"]


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"VAMP_STACK_CACHE": "/srv/builds", "XDG_CACHE_HOME": "/srv/cache"}, "/srv/builds"),
        ({"XDG_CACHE_HOME": "/srv/cache"}, "/srv/cache/vamp-stack"),
        ({}, f"{Path.home()}/.cache/vamp-stack"),
    ],
)
def test_cache_folder__by_what_is_set__is_outside_the_checkout(environment, folder):
    assert cache_folder(environment) == Path(folder)
