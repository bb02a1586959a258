import pytest

from tenants.connections import namespaces, store_secret_name
from tenants.services.destinations import destination_of
from vamp.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.mark.parametrize(
    ("kind", "to", "error"),
    [
        ("bread", "", Invalid),
        ("database", "nowhere", Invalid),
        ("kv", "redis://x", Invalid),
        ("metrics", "elasticsearch://u:p@h/x", Invalid),
        ("kv", "", Conflict),
        ("events", "db:", Conflict),
    ],
)
def test_destination__that_cannot_be__says_why(environment, kind, to, error):
    found = destination_of(environment, kind, to)

    assert isinstance(found.refusal(), error)


def test_keep__of_another_store__leaves_what_opens_the_present_one(environment):
    found = destination_of(environment, "kv", "vault://v.example.test/two")

    found.keep("token:new", actor="tests")

    held = namespaces.document(environment).secrets
    assert {*held} == {store_secret_name("kv", "vault://v.example.test/two")}
