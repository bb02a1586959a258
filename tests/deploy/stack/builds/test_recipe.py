from dataclasses import replace

import pytest

from deploy.stack.builds.catalogue import RECIPES
from deploy.stack.builds.recipe import key
from tests.deploy.stack.builds.recipes import Greeting


@pytest.fixture
def recipe(tmp_path):
    script = tmp_path / "greeting.py"
    script.write_text("one")
    return Greeting(script)


def test_key__of_the_same_recipe__is_the_same_and_readable(recipe):
    assert key(recipe) == key(replace(recipe))
    assert key(recipe).startswith("greeting-v1.0-")


def test_key__of_another_version__is_another(recipe):
    assert key(recipe) != key(replace(recipe, version="v1.1"))


def test_key__after_its_script_has_changed__is_another(recipe):
    before = key(recipe)

    recipe.script.write_text("two")

    assert key(recipe) != before


def test_recipes__of_the_stack__have_names_of_their_own_and_files_that_are_there():
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES) == 6
    assert len({key(recipe) for recipe in RECIPES}) == 6
    assert all(path.exists() for recipe in RECIPES for path in recipe.files)
