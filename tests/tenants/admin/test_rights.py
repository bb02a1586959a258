from __future__ import annotations

from django.http import QueryDict

from tenants.admin.rights import RightsField, RightsInput


def test_rights_input__boxes_and_lines__are_one_list_without_repetition():
    data = QueryDict("r=gateway.view&r=release.*&r_lines=*.view%0A+gateway.view%0A%0A")

    found = RightsInput().value_from_datadict(data, {}, "r")

    assert found == ["gateway.view", "release.*", "*.view"]


def test_rights_input__what_no_box_is_for__stands_in_the_lines():
    page = RightsInput().render("r", ["gateway.*", "*.view"])

    assert ">*.view</textarea>" in page
    assert "gateway.*</textarea>" not in page


def test_rights_field__other_order__is_no_change():
    assert not RightsField().has_changed(["a", "b"], ["b", "a"])
    assert RightsField().has_changed(None, ["a"])
