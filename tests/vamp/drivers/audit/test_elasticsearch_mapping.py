from __future__ import annotations

import json

import pytest

from tests.vamp.drivers.audit.entries import NOON, entry
from vamp.drivers.audit.elasticsearch_mapping import AUDIT, document_of, entry_of, older_than
from vamp.ports.errors import PortRefused


def test_document_of__any_entry__is_one_line_of_mapped_fields():
    text = document_of(entry())

    document = json.loads(text)
    assert b"\n" not in text
    assert document.keys() <= AUDIT.properties.keys()
    assert document["text"] == "acme/ana gateway changed gateway shop"
    assert document["at"] == "2026-03-01T12:00:01.000000+00:00"
    assert document["after"] == {"weight": {"deep": [1, "x\ny"]}}


def test_document_of__what_is_not_there__is_left_out():
    document = json.loads(document_of(entry(before=None, source_address=None)))

    assert not {"before", "source_address"} & document.keys()


def test_older_than__a_moment__is_compared_in_utc():
    assert older_than(NOON) == {"range": {"at": {"lt": "2026-03-01T12:00:00.000000+00:00"}}}


@pytest.mark.parametrize("fields", [{}, {"before": None, "after": None, "source_address": None}])
def test_entry_of__document_of_an_entry__is_that_entry(fields):
    assert entry_of(json.loads(document_of(entry(**fields)))) == entry(**fields)


@pytest.mark.parametrize("fields", [{"position": "x"}, {"at": 7}, {"actor": ...}])
def test_entry_of__document_of_another_form__is_refused(fields):
    document = {**json.loads(document_of(entry())), **fields}
    document = {name: value for name, value in document.items() if value is not ...}

    with pytest.raises(PortRefused, match="cannot be read"):
        entry_of(document)
