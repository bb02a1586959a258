from __future__ import annotations

import io

import pytest

from vamp.cli.documents import read_all, read_one, read_text
from vamp.cli.failure import Failure
from vamp.cli.surroundings import Surroundings

AROUND = Surroundings(environ={}, stdin=io.StringIO())


def places(document, *pointers):
    return [document.place(pointer)[2:] for pointer in pointers]


def test_yaml__several_documents__know_their_lines():
    first, second = read_text("kind: A\n---\nkind: B\nname: b\n", "x.yaml")

    assert places(first, "/kind") == [(1, 7)]
    assert places(second, "/kind", "/name") == [(3, 7), (4, 7)]


def test_json__indented_by_tabs__knows_its_lines():
    (found,) = read_text('{\n\t"kind": "A",\n\t"n": [1,\n\t\t2]\n}', "x.json")

    assert found.value == {"kind": "A", "n": [1, 2]}
    assert places(found, "/kind", "/n/1") == [(2, 10), (4, 3)]


def test_json__list_of_documents__is_taken_apart():
    first, second = read_text('[{"kind": "A"},\n {"kind": "B"}]', "x.json")

    assert (first.kind, second.kind) == ("A", "B")
    assert places(first, "/kind") == [(1, 11)]
    assert places(second, "/kind") == [(2, 11)]


def test_place__unknown_key__is_that_of_the_key():
    (found,) = read_text("kind: A\nhostss: [x]\n", "x.yaml")

    assert found.place("/hostss", "unknown-key")[2:] == (2, 1)
    assert found.place("/hostss", "")[2:] == (2, 9)


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("kind: A\nkind: B\n", "x.yaml", (2, 1)),
        ('{"kind": "A",}', "x.json", (1, 14)),
        ("a: ]", "x.yaml", (1, 4)),
        ("[1, 2]", "x.json", (1, 2)),
        ("- a\n", "x.yaml", (1, 1)),
        ("", "x.yaml", (1, 1)),
    ],
)
def test_text__that_cannot_be_read__is_told_at_its_place(text, name, place):
    with pytest.raises(Failure) as caught:
        read_text(text, name)

    fault = caught.value.faults[0]
    assert (fault.file, fault.line, fault.column) == (name, *place)


def test_text__json_wanted_and_yaml_given__is_refused():
    with pytest.raises(Failure):
        read_text("kind: A\n", "x", form="json")


def test_folder__with_files_in_it__is_read_by_name_without_hidden_ones(tmp_path):
    for name in ("b/two.yml", "a.yaml", "notes.txt", ".git/x.yaml", "c.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'{{"kind": "{name}"}}')

    found = read_all([str(tmp_path)], AROUND)

    assert [each.kind for each in found] == ["a.yaml", "b/two.yml", "c.json"]


def test_files__several_of_them_broken__are_all_told(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("kind: [")

    with pytest.raises(Failure) as caught:
        read_all([str(tmp_path)], AROUND)

    assert {fault.file for fault in caught.value.faults} == {
        str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"),
    }  # fmt: skip


def test_standard_input__by_its_dash__is_read():
    around = Surroundings(environ={}, stdin=io.StringIO("kind: A\n"))

    assert read_one("-", around).kind == "A"


def test_file__that_is_not_there__is_told(tmp_path):
    with pytest.raises(Failure, match="No such file"):
        read_one(str(tmp_path / "none.yaml"), AROUND)


def test_one__of_two_documents__is_refused(tmp_path):
    (tmp_path / "x.yaml").write_text("kind: A\n---\nkind: B\n")

    with pytest.raises(Failure, match="found 2") as caught:
        read_one(str(tmp_path / "x.yaml"), AROUND)

    assert caught.value.faults[0].line == 3


def test_historic_policy__without_a_name__is_called_as_its_file():
    (found,) = read_text('{"steps": []}', "some/where/hotfix.json")

    assert (found.kind, found.name, found.is_historic) == ("ReleasePolicy", "hotfix", True)


def test_address__of_a_document__is_fetched_without_the_token(told, around_of_network):
    told.said = [(200, {"Content-Type": "text/plain"}, b"kind: A\n")]

    assert read_one(f"{told.address}/x.yaml", around_of_network).kind == "A"


def test_address__that_answers_otherwise__is_told(told, around_of_network):
    told.said = [(404, {}, None)]

    with pytest.raises(Failure, match="answers 404"):
        read_one(f"{told.address}/x.yaml", around_of_network)


@pytest.fixture
def around_of_network():
    return Surroundings(environ={"VAMP_TOKEN": "secret"})
