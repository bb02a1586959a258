from __future__ import annotations

from tenants.owned_parts import OwnedPart, parts, register


def test_parts__apps_loaded__lower_ones_come_first():
    names = [part.name for part in parts()]

    assert names.index("gateways") < names.index("policies")


def test_register__same_name_again__replaces(monkeypatch):
    monkeypatch.setattr("tenants.owned_parts._parts", {})
    register(OwnedPart("one"))
    last = OwnedPart("one", leases=("one/{}",))

    register(last)

    assert parts() == [last]
