from tenants.models import ApiToken, Organisation
from tenants.models.principal import ServiceAccount


def test_service_account__of_an_organisation__is_named_by_it_and_no_administrator():
    account = ServiceAccount(
        ApiToken(pk=7, name="ci", organisation=Organisation(pk=3, name="acme"))
    )

    assert account.login == account.get_username() == "token:acme/ci"
    assert (account.pk, account.organisation_id, account.organisation.name) == (7, 3, "acme")
    assert account.is_authenticated
    assert not account.is_platform_administrator
    assert "digest" not in repr(account)


def test_service_account__without_organisation__has_a_name_all_the_same():
    assert ServiceAccount(ApiToken(name="ci")).login == "token:ci"
    assert ServiceAccount(ApiToken(name="ci")).organisation is None
