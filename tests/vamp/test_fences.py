import pytest
from django.db import DatabaseError

from gateways.models import Gateway
from tenants.services.moving.tables import named_models, owned_models
from tests.factories import GatewayFactory, environment_in
from tests.rivals import Rival, wait_for_lock_waits
from tests.tenants.storages import cleaned
from vamp import fences
from vamp.contention import is_being_moved, is_passing
from vamp.models import Fence
from vamp.models.fence import FenceState

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
NAMES = ("acme", "production")


@pytest.fixture
def environment(db):
    with cleaned():
        made = environment_in()
        fences.install("default", owned_models(), named_models())
        yield made


def put(environment, state):
    fences.put("default", environment.pk, NAMES, state)


@pytest.mark.parametrize("state", [FenceState.HELD, FenceState.MOVED, FenceState.CLEARING])
def test_write__through_a_closed_fence__is_refused_as_something_that_passes(environment, state):
    put(environment, state)

    with pytest.raises(DatabaseError) as refused:
        GatewayFactory.create(environment=environment)

    assert is_being_moved(refused.value)
    assert is_passing(refused.value)


def test_removal__while_it_is_cleared__is_let_through(environment):
    GatewayFactory.create(environment=environment)
    put(environment, FenceState.MOVED)
    with pytest.raises(DatabaseError):
        Gateway.objects.using("default").all()._raw_delete("default")
    put(environment, FenceState.CLEARING)

    Gateway.objects.using("default").all()._raw_delete("default")

    assert not Gateway.objects.using("default").exists()


def test_fence__of_an_environment_made_later__is_there(environment):
    later = environment_in(name="later")

    assert Fence.objects.using("default").get(pk=later.pk).environment == "later"


def test_install__again__changes_nothing(environment):
    fences.install("default", owned_models(), named_models())

    assert fences.state_of("default", environment.pk) == FenceState.OPEN
    assert not fences.are_needed("default")


def test_remove__triggers__lets_everything_through(environment):
    put(environment, FenceState.HELD)
    fences.remove("default", [*owned_models(), *named_models()])

    assert GatewayFactory.create(environment=environment).pk


@pytest.mark.stack  # on SQLite writers go one after another
def test_put__while_a_writer_is_under_way__waits_for_its_end(environment):
    from django.db import transaction

    with transaction.atomic(using="default"):
        GatewayFactory.create(environment=environment)
        rival = Rival(lambda: put(environment, FenceState.HELD))
        wait_for_lock_waits("default")
        assert not rival.is_done
    rival.outcome()

    assert Gateway.objects.using("default").count() == 1
    assert fences.state_of("default", environment.pk) == FenceState.HELD


def test_told_of_move__held_or_over__says_what_to_do():
    assert "about 3 s to go" in fences.told_of_move("acme/production", 3)
    assert "was just moved" in fences.told_of_move("acme/production", None)
