from __future__ import annotations

from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from vamp.documents.json_schema import schema
from vamp.documents.units import Duration, Percent
from vamp.documents.validation import Strict


class Plan(Strict):
    """A plan.

    More of it.
    """

    share: Percent = 1250
    pause: Duration = timedelta(seconds=90)


def test_schema__quantities__have_patterns_and_defaults_as_documents_write_them():
    found = schema(Plan)

    Draft202012Validator.check_schema(found)
    assert found["description"] == "A plan."
    assert found["properties"]["share"]["default"] == "12.5%"
    assert found["properties"]["pause"]["default"] == "1m30s"
    assert found["additionalProperties"] is False


@pytest.mark.parametrize(
    ("document", "is_valid"),
    [
        ({"share": "100%", "pause": "1h250ms"}, True),
        ({"share": "100.01%"}, False),
        ({"share": "101%"}, False),
        ({"pause": ""}, False),
        ({"pause": "5"}, False),
        ({"shar": "5%"}, False),
    ],
)
def test_schema__documents__are_judged_as_the_model_judges_them(document, is_valid):
    assert Draft202012Validator(schema(Plan)).is_valid(document) is is_valid
