from __future__ import annotations

import pytest

NOUNS = ("organization", "environment", "user", "role", "token", "policy", "release-plan")


@pytest.mark.parametrize("verb", ["create", "update", "show", "list", "delete"])
def test_verb__every_noun__is_there_in_singular_and_plural(nobody, verb):
    for noun in NOUNS:
        plural = "policies" if noun == "policy" else f"{noun}s"
        for word in (noun, plural):
            ran = nobody.forklift(verb, word, "--help")

            assert ran.exit == 0, (verb, word, ran.err)
            assert "Usage: forklift" in ran.out


@pytest.mark.parametrize(
    "words", ["add policy", "add releasepolicy", "add user", "add releaseplan"]
)
def test_add__as_earlier_forklifts_had_it__is_there(nobody, words):
    assert nobody.forklift(*words.split(), "--help").exit == 0


def test_version__of_the_program__is_shown(nobody):
    assert nobody.forklift("version").out.strip()[0].isdigit()
