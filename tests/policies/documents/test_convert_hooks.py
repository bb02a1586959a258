import pytest

from policies.documents.convert_hooks import converted_hooks
from policies.documents.notes import Notes
from vamp.documents.source import Source


def converted(hook):
    notes = Notes(Source.of({}))
    return converted_hooks({"onSuccess": [hook]}, notes), notes


def test_hook__http__keeps_method_and_headers():
    value = {"url": "http://a.test", "httpRequest": "PUT", "headers": ["a: b:c", "d:e"]}

    hooks, notes = converted({"type": "http", "value": value})

    assert hooks == {
        "onSuccess": [{"url": "http://a.test", "method": "PUT", "headers": {"a": "b:c", "d": "e"}}]
    }
    assert (notes.faults, notes.sentences) == ([], ())


def test_hook__of_another_type__is_left_out_with_a_note():
    hooks, notes = converted({"type": "slack", "value": {"url": "x"}})

    assert hooks == {}
    assert notes.sentences == ("/onSuccess/0: the hook is left out: its type slack is not known",)


@pytest.mark.parametrize("hook", [3, {}, {"value": {}}, {"value": {"url": "a", "headers": ["b"]}}])
def test_hook__not_understood__is_a_fault(hook):
    _, notes = converted(hook)

    assert [fault.code for fault in notes.faults] == ["historic"]
