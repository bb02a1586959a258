import pytest
from django.db import connections

from gateways.models import Gateway
from tenants.models import Environment, Organisation, User
from tests.factories import GatewayFactory
from vamp.databases import UnscopedQuery, aliases
from vamp.models import OutboxEvent


@pytest.mark.parametrize("model", [Gateway, OutboxEvent])
def test_query__of_an_environments_model_without_a_database__is_refused(environment, model):
    with pytest.raises(UnscopedQuery, match=model.__name__):
        model.objects.count()


def test_save__new_row__goes_to_its_environments_database(environment):
    gateway = GatewayFactory.create(environment=environment)

    assert gateway._state.db == environment.database
    assert Gateway.objects.using(environment.database).filter(pk=gateway.pk).exists()


def test_related_rows__of_a_row__are_read_where_it_lies(environment):
    gateway = GatewayFactory.create(environment=environment)

    assert gateway.routes.all().db == environment.database


def test_organisation__without_a_database__is_the_default(environment):
    assert Organisation.objects.all().db == "default"
    assert Environment.objects.all().db == "default"
    assert User.objects.all().db == "default"


def test_mirror__dedicated_database__holds_organisation_and_environment(environment):
    mirrored = Environment.objects.using(environment.database).get(pk=environment.pk)

    assert mirrored.name == environment.name
    assert mirrored.organisation.name == environment.organisation.name


def test_tables__of_a_dedicated_database__hold_no_identity(environment):
    tables = connections["dedicated"].introspection.table_names()

    assert "tenants_user" not in tables
    assert "tenants_apitoken" not in tables
    assert "gateways_gateway" in tables
    assert aliases() == ["default", "dedicated"]
