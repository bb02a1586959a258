import pytest

from gateways.models import Gateway
from tenants.services import moves
from tenants.services.moving.tables import named_models, owned_models
from tests.factories import environment_in, gateway_with, user_of
from tests.tenants.storages import cleaned
from vamp import fences
from vamp.models.fence import FenceState

HERE = "/api/v1/organisations/acme/environments/production"


@pytest.fixture
def root(environment, client_of, platform_administrator):
    return client_of(platform_administrator)


def test_storage__of_an_environment__says_what_lies_where(root, environment):
    found = {each["kind"]: each for each in root.get(f"{HERE}/storage").json()}

    assert found["database"]["name"] == environment.database
    assert found["kv"]["url"].startswith("file:")
    assert found["kv"]["move"] is None


def test_move__from_its_beginning_to_its_end__is_shown_as_it_is(root):
    body = {"kind": "events", "to": "db:?x=1"}
    dry = root.post(f"{HERE}/storage/moves?dry_run=true", body, format="json")
    assert (dry.status_code, dry.json()["to"]) == (200, "db:")
    assert root.get(f"{HERE}/storage/moves").json()["count"] == 0

    begun = root.post(f"{HERE}/storage/moves", body, format="json")
    assert begun.status_code == 202
    one = f"{HERE}/storage/moves/{begun.json()['id']}"
    assert root.post(f"{HERE}/storage/moves", body, format="json").status_code == 409
    assert root.post(f"{one}/finish").status_code == 409
    moves.run(moves.due()[0])

    assert root.get(one).json()["state"] == "following"
    assert root.post(f"{one}/cancel").status_code == 409
    assert root.post(f"{one}/finish").status_code == 200
    moves.run(moves.due()[0])
    assert root.get(one).json()["state"] == "done"
    assert root.post(f"{one}/dance").status_code == 404


def test_move__that_cannot_be__lists_every_fault(root):
    answer = root.post(
        f"{HERE}/storage/moves", {"kind": "metrics", "to": "redis://x"}, format="json"
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/to"


def test_move__by_a_member__is_refused(root, api):
    body = {"kind": "events", "to": "db:?x=1"}

    assert api.post(f"{HERE}/storage/moves", body, format="json").status_code == 403
    assert api.get(f"{HERE}/storage").status_code == 200


@pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
def test_write__while_the_environment_is_held__is_told_for_how_long(client_of):
    environment = environment_in()
    gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})
    client = client_of(user_of(environment.organisation))
    with cleaned():
        fences.install("default", owned_models(), named_models())
        fences.put("default", environment.pk, ("acme", "production"), FenceState.HELD)

        answer = client.put(
            f"{HERE}/gateways/shop/weights", {"shop-1.0.0": "60%", "shop-1.1.0": "40%"},
            format="json",
        )  # fmt: skip
        read = client.get(f"{HERE}/gateways/shop")

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:vamp:problem:being-moved"
    assert "acme/production is being moved" in answer.json()["detail"]
    assert "about 1 s to go" in answer.json()["detail"]
    assert int(answer["Retry-After"]) >= 1
    assert read.status_code == 200
    assert Gateway.objects.using("default").get().routes.filter(weight=10_000).exists()
