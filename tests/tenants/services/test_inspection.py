import pytest
from django.db import OperationalError

from tenants.services import inspection
from vamp.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1045, "does not accept the login"),
        (1049, "CREATE DATABASE it"),
        (1142, "GRANT ALL PRIVILEGES"),
        (1419, "log_bin_trust_function_creators"),
        (9999, "error 9999"),
    ],
)
def test_told__by_the_servers_code__says_what_to_do_and_no_address(code, said):
    told = inspection.told("own", OperationalError(code, "for user 'vamp'@'10.1.2.3' hunter2"))

    assert isinstance(told, Invalid)
    assert said in told.message
    assert "10.1.2.3" not in told.message


def test_told__a_server_that_does_not_answer__is_away():
    told = inspection.told("own", OperationalError(2003, "can't connect to 10.1.2.3"))

    assert isinstance(told, inspection.Away)


def test_our_tables__of_a_dedicated_database__hold_no_identity():
    tables = inspection.our_tables()

    assert {"gateways_gateway", "tenants_environment", "vamp_outboxevent"} <= tables
    assert not {"tenants_user", "tenants_storagemove", "auth_group"} & tables


def test_check_contents__of_another_installation__is_refused():
    with pytest.raises(Conflict, match="tables of others"):
        inspection.check_contents("default", {})
