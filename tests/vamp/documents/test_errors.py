from __future__ import annotations

from vamp.documents.errors import refusal


def test_refusal__message_with_braces__is_shown_as_it_is():
    error = refusal("word", "the {hint} is {wrong}", hint="use y", offset=2)

    assert error.type == "vamp.word"
    assert error.context == {"message": "the {hint} is {wrong}", "hint": "use y", "offset": 2}


def test_refusal__without_an_offset__has_none():
    assert (refusal("word", "wrong").context or {})["offset"] == -1
