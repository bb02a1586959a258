from __future__ import annotations

from tenants.domain.store import Store
from tenants.models import DedicatedDatabase
from tenants.services.checks import ask_connection
from tenants.services.connection_lines import connection_lines
from tenants.services.namespaces import keep_secret, set_secret
from tenants.services.tenancy import change_environment, change_organisation
from tests.factories import ACTOR
from tests.tenants.test_collectors import end_of

SECRET = "user:hunter2-and-more"


def line(place, store, *, sees=True):
    found = {each.store: each for each in connection_lines(place, sees_installation=sees)}
    return found[store]


def test_lines__of_an_environment__say_where_each_setting_comes_from(environment):
    change_organisation(
        environment.organisation, actor=ACTOR, metrics_url="elasticsearch://org:9200/vamp"
    )
    change_environment(environment, actor=ACTOR, scheduler_url="local:/srv/x")

    origins = {
        each.store: each.origin for each in connection_lines(environment, sees_installation=True)
    }

    assert origins == {
        Store.DATABASE: "installation",
        Store.KV: "installation",
        Store.EVENTS: "installation",
        Store.METRICS: "organisation",
        Store.SCHEDULER: "environment",
    }


def test_line__secret__is_told_as_set_by_whom_and_never_shown(environment):
    change_environment(environment, actor=ACTOR, metrics_url="elasticsearch://env:9200/vamp")
    before = line(environment, Store.METRICS).secret
    set_secret(environment, "metrics", SECRET, actor=ACTOR)

    found = line(environment, Store.METRICS)

    assert before.is_set is False
    assert found.secret.is_set is True
    assert found.secret.set_by == ACTOR
    assert "hunter2" not in repr(found)


def test_line__installations_store__is_told_to_those_who_look_after_it_alone(environment, settings):
    settings.METRICS_URL = "elasticsearch://u:hunter2@inside:9200/vamp"

    known, unknown = (line(environment, Store.METRICS, sees=sees) for sees in (True, False))

    assert known.url == "elasticsearch://u:***@inside:9200/vamp"
    assert unknown.url == "elasticsearch:"
    assert "inside" not in line(environment, Store.DATABASE, sees=False).url


def test_line__store_that_does_not_tell_of_secrets__is_of_use_all_the_same(
    environment, settings, tmp_path
):
    change_environment(environment, actor=ACTOR, metrics_url="elasticsearch://env:9200/vamp")
    (tmp_path / "file").write_text("no folder")
    settings.KV_URL = f"file://{tmp_path}/file"

    assert line(environment, Store.METRICS).secret.is_set is None


def test_line__tested__holds_what_was_found(environment):
    assert line(environment, Store.KV).result is None

    found = ask_connection(environment, Store.KV, actor=ACTOR)

    assert line(environment, Store.KV).result.checked == found


def test_lines__of_an_environment__cost_two_queries(environment, django_assert_num_queries):
    for token in range(5):
        end_of(token, environment)

    with django_assert_num_queries(2, using="default"):
        connection_lines(environment, sees_installation=True)


def test_line__database_of_the_organisations_own__is_told_with_its_password_unseen(environment):
    """Also in a process that has not met that database yet."""
    row = DedicatedDatabase.objects.create(
        alias="acme-own", organisation=environment.organisation, url="mysql://vamp@db.test/acme"
    )
    keep_secret(environment.organisation, row.secret_name, "hunter2", actor=ACTOR)
    environment.database = "acme-own"

    found = line(environment, Store.DATABASE, sees=False)

    assert (found.url, found.origin) == ("mysql://vamp@db.test/acme", "organisation")
    assert found.secret.is_set is True
    assert "hunter2" not in repr(found)
