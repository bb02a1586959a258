from __future__ import annotations

from tenants.models import Organisation


def test_visible_to__person__is_their_own_alone(environment, other_environment, person):
    assert [row.name for row in Organisation.objects.visible_to(person)] == ["acme"]


def test_visible_to__platform_administrator__are_all(
    environment, other_environment, platform_administrator
):
    rows = Organisation.objects.visible_to(platform_administrator)

    assert [row.name for row in rows] == ["acme", "globex"]


def test_visible_to__switched_off__are_none(person):
    person.is_active = False

    assert not Organisation.objects.visible_to(person).exists()
