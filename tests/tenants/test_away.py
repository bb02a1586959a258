"""A dedicated database that is away: its environments wait, and nobody else does."""

import pytest

from gateways.collectors import StaleGateways
from gateways.services.publication import is_stale
from gateways.tasks import publish_stale
from policies.tasks import deliver_hooks, tick
from tenants.api.stream import Place
from tenants.models import DedicatedDatabase, Environment
from tenants.tasks import mirror, prune_traffic, storage
from tests.factories import environment_in, gateway_with, user_of
from tests.tenants.storages import cleaned
from vamp.stream_lag import StreamLag
from vamp.tasks import prune

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.fixture
def pair():
    """``acme``, whose database is away, and ``globex``, whose gateway awaits publication."""
    with cleaned():
        away = environment_in()
        DedicatedDatabase.objects.create(
            alias="away", organisation=away.organisation, url="sqlite:////nowhere/at/all.sqlite3",
            state="ready",
        )  # fmt: skip
        Environment.objects.filter(pk=away.pk).update(database="away", order=0)
        other = environment_in(organisation="globex")
        gateway_with(other, {"1.0.0": 10_000})
        yield away, other


@pytest.mark.parametrize(
    "work", [mirror, publish_stale, tick, deliver_hooks, prune_traffic, prune, storage]
)
def test_sweep__past_a_database_that_is_away__comes_to_the_others(pair, work, caplog):
    work()

    assert is_stale(pair[1])


def test_metrics__past_a_database_that_is_away__count_the_others(pair):
    (stale,) = StaleGateways().collect()
    waiting, *_ = StreamLag().collect()

    assert [(each.labels["organisation"], each.value) for each in stale.samples] == [("globex", 1)]
    assert "default" in {each.labels["database"] for each in waiting.samples}


def test_pages__of_the_others__answer_and_its_own_say_that_it_is_away(pair, client_of):
    other = pair[1]
    answers = {
        environment.organisation.name: client_of(user_of(environment.organisation)).get(
            f"/api/v1/organisations/{environment.path.replace('/', '/environments/')}/gateways"
        )
        for environment in pair
    }

    assert answers["globex"].status_code == 200
    assert answers["acme"].status_code == 503
    assert "Retry-After" in answers["acme"]
    assert Place(other).environment() == other
