from __future__ import annotations

import pytest

from gateways.documents.service import ServiceDocument, VersionDocument
from vamp.documents.yaml import read_documents, validated
from vamp.errors import Invalid


def test_service__document__is_its_versions():
    text = "kind: Service\nname: shop\nversions: [{version: 1.0.0, instances: ['a:1']}, {version: b}]\n"

    found = validated(ServiceDocument, read_documents(text)[0])

    assert found.versions == (
        VersionDocument(version="1.0.0", instances=("a:1",)),
        VersionDocument(version="b"),
    )


def test_service__without_a_name__is_refused():
    with pytest.raises(Invalid, match="`name` is missing"):
        validated(ServiceDocument, read_documents("kind: Service")[0])
