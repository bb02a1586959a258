import pytest

from tenants.api.events import events_after
from tenants.history import Joined, first_of
from tests.factories import audit_entry_in, environment_in, event_in
from vamp.models import AuditEntry

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.fixture
def environment():
    """One that lay in the default database, then in the dedicated one."""
    made = environment_in("dedicated")
    made.former_databases = ["default"]
    made.database = "default"
    for position in (101, 102):
        event_in(made, position=position)
        audit_entry_in(made, name=f"n{position}")
    made.database = "dedicated"
    for position in (103, 104):
        event_in(made, position=position)
        audit_entry_in(made, name=f"n{position}")
    return made


def test_events_after__through_a_move__come_in_one_order(environment):
    found = events_after(environment, 101, limit=2)

    assert [row.position for row in found] == [102, 103]


def test_joined__pages__hold_each_row_once(environment):
    def rows(database):
        return AuditEntry.objects.using(database).filter(name__startswith="n10").order_by("-name")

    joined = Joined([rows("default"), rows("dedicated")], lambda row: row.name, is_reversed=True)

    assert len(joined) == 4
    assert [row.name for row in joined[0:2]] == ["n104", "n103"]
    assert [row.name for row in joined[2:4]] == ["n102", "n101"]
    assert joined[3].name == "n101"
    assert len(list(joined)) == 4


def test_first_of__an_environment_that_never_moved__is_one_query(django_assert_num_queries):
    environment = environment_in("dedicated")

    with django_assert_num_queries(1, using="dedicated"):
        first_of(environment, lambda db: AuditEntry.objects.using(db), 3, lambda row: row.pk)
