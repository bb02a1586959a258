import pytest
from django.db import IntegrityError, transaction

from tenants.models import RoleBinding
from tenants.services.groups import create_group
from tenants.services.tokens import create_token
from tests.factories import ACTOR, given, user_of


def test_str__role_group_and_binding__say_what_they_are(environment):
    acme = environment.organisation
    group = create_group(acme, "sre", actor=ACTOR)
    create_token("ci", actor=ACTOR, service_of=acme)
    user_of(acme, "ana", role="")

    assert str(group) == "sre"
    assert str(given(acme, role="viewer", group="sre")) == "viewer to group sre"
    assert str(given(acme, role="viewer", user="acme/ana")) == "viewer to user acme/ana"
    assert str(given(acme, role="viewer", token="ci")) == "viewer to token ci"


@pytest.mark.parametrize(
    "wrong",
    ["no role", "no subject", "two subjects", "weight"],
)
def test_binding__half_or_double__is_refused_by_the_database(environment, wrong):
    acme = environment.organisation
    user, group = user_of(acme), create_group(acme, "sre", actor=ACTOR)
    fields = {"builtin": "viewer", "user": user}
    fields |= {
        "no role": {"builtin": ""},
        "no subject": {"user": None},
        "two subjects": {"group": group},
        "weight": {"max_weight": 10_001},
    }[wrong]

    with pytest.raises(IntegrityError), transaction.atomic():
        RoleBinding.objects.create(organisation=acme, created_by=ACTOR, **fields)
