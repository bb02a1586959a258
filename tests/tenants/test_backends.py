from tenants.backends import TenantBackend
from tests.factories import user_of


def test_get_user__active__comes_with_its_organisation(person, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = TenantBackend().get_user(person.pk)
        assert found.organisation.name == "acme"


def test_get_user__switched_off_or_unknown__is_nobody(person):
    person.is_active = False
    person.save()

    assert TenantBackend().get_user(person.pk) is None
    assert TenantBackend().get_user(0) is None


def test_has_perm__whoever_asks__django_decides_nothing(environment):
    boss = user_of(environment.organisation)

    assert not TenantBackend().has_perm(boss, "gateways.view_gateway")
    assert not TenantBackend().has_module_perms(boss, "gateways")
    assert not boss.has_perm("gateways.change_gateway", None)
