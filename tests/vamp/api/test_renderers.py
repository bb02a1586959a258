"""Answers that are not JSON."""

from __future__ import annotations

import json

from vamp.api.renderers import YamlRenderer


def test_yaml__text_of_the_view__is_sent_as_it_is():
    assert YamlRenderer().render("name: Zürich\n") == "name: Zürich\n".encode()


def test_yaml__problem__stays_json():
    problem = {"type": "urn:vamp:problem:not-found", "status": 404}

    assert json.loads(YamlRenderer().render(problem, "application/yaml", {})) == problem


def test_yaml__nothing_to_say__is_empty():
    assert YamlRenderer().render(None) == b""
