from policies.documents.notes import Notes
from vamp.documents.yaml import read_documents


def test_notes__told_twice__are_kept_once_and_in_order():
    notes = Notes(read_documents("a: 1")[0])

    for pointer, sentence in (("/a", "changed"), ("", "all"), ("/a", "changed")):
        notes.note(pointer, sentence)

    assert notes.sentences == ("/a: changed", "all")


def test_notes__fault__is_placed_in_the_text():
    notes = Notes(read_documents("a: 1\nb: 2")[0])

    notes.fault("/b", "odd", "make it even")

    assert [(fault.line, fault.column, fault.hint) for fault in notes.faults] == [
        (2, 4, "make it even")
    ]
