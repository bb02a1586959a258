"""Every example of the user guide's pages on gateway documents and conditions is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateways.documents.gateway import GatewayDocument
from gateways.documents.read import parse_gateways
from gateways.documents.route import RouteDocument
from gateways.domain.condition import parse_condition
from gateways.domain.selector import parse_selector
from vamp.errors import Invalid

DOCS = Path(__file__).parents[3] / "docs"
GATEWAYS = (DOCS / "gateway-documents.md").read_text()
CONDITIONS = (DOCS / "conditions.md").read_text()
WRONG, FAULTS = re.findall(r"```(?:yaml|text)\n(.*?)```", GATEWAYS, re.DOTALL)[-2:]


def blocks(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def table(page: str, heading: str) -> list[list[str]]:
    rows = []
    for found in re.findall(rf"^\| {heading} .*?\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE):
        for row in found.splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
            rows.append([cell.replace("\\|", "|") for cell in cells])
    return rows


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("text", [block for block in blocks(GATEWAYS) if block != WRONG])
def test_guide__documents__are_read(text):
    assert parse_gateways(text).gateways


def test_guide__wrong_document__has_the_faults_that_the_page_shows():
    with pytest.raises(Invalid) as caught:
        parse_gateways(WRONG)

    assert [str(fault) for fault in caught.value.faults] == FAULTS.splitlines()


@pytest.mark.parametrize(
    ("model", "place"), [(GatewayDocument, "Keys of a gateway"), (RouteDocument, "Keys of a route")]
)
def test_guide__tables_of_keys__have_every_key(model, place):
    section = GATEWAYS.partition(f"## {place}")[2].partition("\n## ")[0]

    keys = {key for row in table(section, "key") for key in quoted(row[0])}

    assert keys == set(model.model_fields)


def test_guide__routes_of_the_conditions_page__are_read():
    (routes,) = blocks(CONDITIONS)

    (gateway,) = parse_gateways(f"kind: Gateway\nname: a\nport: 80\n{routes}").gateways

    assert gateway.routes[0].strength == 5_000


@pytest.mark.parametrize(
    "text",
    [text for row in table(CONDITIONS, "condition") for text in quoted(row[0])]
    + [text for line in CONDITIONS.splitlines() if line.startswith("- `") for text in quoted(line)],
)
def test_guide__conditions__parse(text):
    assert parse_condition(text)


def test_guide__conditions_that_are_the_same__are_the_same():
    pairs = [
        (quoted(row[0])[0], quoted(row[1])[0])
        for row in table(CONDITIONS, "condition")
        if row[1].startswith("`")
    ]

    assert len(pairs) == 7
    assert [parse_condition(left) == parse_condition(right) for left, right in pairs] == [True] * 7


def test_guide__fault_of_a_condition__is_as_shown():
    text = "kind: Gateway\nname: a\nport: 80\nroutes:\n- service: a\n  version: b\n"
    text += "  condition: path is /a or hots is b\n"

    with pytest.raises(Invalid) as caught:
        parse_gateways(text)

    assert str(caught.value.faults[0]) in CONDITIONS


def test_guide__words_of_selectors__are_known():
    section = GATEWAYS.partition("It is made of")[2].partition("joined")[0]
    forms = [text.replace("(…)", "(a)") for text in quoted(section)]

    assert len(forms) == 10
    for form in forms:
        assert parse_selector(form)
    for synonym in ("id", "type", "group", "ip"):
        assert parse_selector(f"{synonym}(a)")
