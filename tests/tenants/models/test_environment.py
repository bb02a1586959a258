from __future__ import annotations

from tenants.models import Environment
from tests.factories import environment_in, organisation_named


def names(rows):
    return [str(row) for row in rows]


def test_visible_to__person__are_those_of_their_organisation(
    environment, other_environment, person
):
    assert names(Environment.objects.visible_to(person)) == ["acme/production"]


def test_visible_to__platform_administrator__are_all(
    environment, other_environment, platform_administrator
):
    rows = Environment.objects.visible_to(platform_administrator)

    assert names(rows) == ["acme/production", "globex/production"]


def test_visible_to__switched_off__are_none(environment, person, platform_administrator):
    for user in (person, platform_administrator):
        user.is_active = False

        assert not Environment.objects.visible_to(user).exists()


def test_placement__without_a_scheduler__is_none_however_many(environment):
    environment_in(name="staging")

    assert set(Environment.objects.values_list("placement", flat=True)) == {None}


def test_save__some_fields__placement_is_saved_with_them(environment):
    environment.scheduler_url, environment.namespace = "local:/srv/shop", "a"

    environment.save(update_fields=["scheduler_url", "namespace"])

    assert Environment.objects.get(pk=environment.pk).placement == "local:/srv/shop#a"


def test_order__of_environments__is_by_organisation_then_pipeline(db):
    organisation_named("acme")
    for name, order in (("production", 3), ("test", 1), ("staging", 2)):
        environment_in(name=name, order=order)

    assert [row.name for row in Environment.objects.all()] == ["test", "staging", "production"]


def test_path__of_an_environment__is_both_names(environment):
    assert environment.path == "acme/production"
