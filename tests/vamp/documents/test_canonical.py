from vamp.documents.canonical import canonical


def test_canonical__keys_in_any_order__is_one_text():
    assert canonical({"b": [1, "é"], "a": None}) == canonical({"a": None, "b": [1, "é"]})
    assert canonical({"a": 1}) != canonical({"a": "1"})
