import pytest

from policies.documents.read import policy_from_value
from policies.models import PolicyVersion, ReleasePolicy
from policies.services.documents import put_policy, remove_policy
from tests.factories import ReleaseFactory, gateway_with
from tests.policies.services.test_ticking import POLICY
from vamp.errors import Conflict


def put(environment, **changes):
    document = policy_from_value({**POLICY, **changes}).document
    return put_policy(environment, document, actor="ana")


def test_put_policy__new_then_changed__versions_are_kept(environment):
    _, is_created = put(environment)
    changed, is_new = put(environment, title="Slower")

    assert (is_created, is_new) == (True, False)
    assert changed.version == 2
    numbers = PolicyVersion.objects.in_environment(environment).values_list("number", flat=True)
    assert list(numbers) == [2, 1]


def test_put_policy__same_again__makes_no_version(environment):
    put(environment)

    policy, _ = put(environment)

    assert policy.version == 1
    assert PolicyVersion.objects.in_environment(environment).count() == 1


def test_put_policy__dry_run__writes_nothing(environment):
    put_policy(environment, policy_from_value(POLICY).document, actor="ana", is_dry_run=True)

    assert not ReleasePolicy.objects.in_environment(environment).exists()


def test_remove_policy__in_use__lists_every_gateway(environment):
    policy, _ = put(environment)
    gateway_with(environment, {"1.0.0": 10_000}, policy="canary")

    with pytest.raises(Conflict, match="gateway shop uses it"):
        remove_policy(policy, actor="ana")


def test_remove_policy__releases_were_made_by_it__is_kept(environment):
    release = ReleaseFactory.create(environment=environment)

    with pytest.raises(Conflict, match="record is kept"):
        remove_policy(release.policy_version.policy, actor="ana")
