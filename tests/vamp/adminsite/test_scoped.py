"""Every admin list and form: whose rows it shows, how many queries it takes, what it refuses."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from gateways.models import Agent, Gateway
from tenants.domain.authority import EVERYTHING
from tenants.models import (
    ApiToken,
    Deletion,
    IdentityProvider,
    Organisation,
    SignInFailures,
    SignInPolicy,
    StorageMove,
    User,
    UserSession,
)
from tenants.models.owned import EnvironmentOwned
from tenants.services.groups import create_group
from tenants.services.roles import create_role
from tenants.services.tokens import create_token
from tests.browser.rows import busy_environment
from tests.factories import dead_letter_in, deletion_in, environment_in, given, user_of
from tests.furnished import database_of, move_of
from vamp.adminsite.scoped import ScopedAdmin
from vamp.databases import is_explicit
from vamp.models import AuditEntry, DeadTask, Lease, OutboxEvent, StreamCursor

MOST_QUERIES = 10
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OF_THE_INSTALLATION = (
    DeadTask,
    Lease,
    StreamCursor,
)
"""What only platform administrators are shown."""
OF_SIGN_IN = (IdentityProvider, SignInFailures, SignInPolicy, UserSession)
"""How people sign in, which has tests of its own: `tests.tenants.admin.test_sign_in`."""
LISTED = [model for model in MODELS if model not in (AuditEntry, OutboxEvent, *OF_SIGN_IN)]
"""Trail and events have pages of their own, see `tests.tenants.pages`."""

TENANT_MODELS = [model for model in MODELS if model not in (*OF_THE_INSTALLATION, *OF_SIGN_IN)]


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def filled(environment):
    busy_environment(environment, timezone.now())
    dead_letter_in(environment)
    create_token("ci", actor="tests", agent_of=environment)
    organisation = environment.organisation
    deletion_in(environment)
    database_of(organisation, "")
    move_of(environment, "")
    create_role(organisation, "releaser", ["release.*"], actor="tests", authority=EVERYTHING)
    create_group(organisation, "sre", actor="tests")
    given(organisation, role="releaser", group="sre")


@pytest.fixture
def both(environment, person):
    """Rows of every kind in ``acme/production`` and, in the same database, a neighbour's."""
    neighbour = environment_in(environment.database, organisation="globex", name="production")
    user_of(neighbour.organisation, "bob")
    filled(environment)
    filled(neighbour)
    return environment, neighbour


def rows_of(model, environment):
    """Return the rows of `model` that are of `environment` or its organisation."""
    if issubclass(model, EnvironmentOwned):
        return model.objects.in_environment(environment)
    if model is Organisation:
        return model.objects.filter(pk=environment.organisation_id)
    if model is Deletion:
        return model.objects.filter(organisation=environment.organisation.name)
    if model is StorageMove:
        return model.objects.filter(environment=environment.pk)
    if not is_explicit(model):
        return model.objects.filter(organisation=environment.organisation_id)
    return model.objects.using(environment.database).filter(
        organisation=environment.organisation.name
    )


def keys(rows):
    return set(rows.values_list("pk", flat=True))


def test_registry__every_model__starts_from_scoped_rows():
    assert all(isinstance(each, ScopedAdmin) for each in admin.site._registry.values())


def test_register__admin_without_rows__is_refused_at_the_start():
    class Bare(ScopedAdmin):
        pass

    with pytest.raises(TypeError, match="rows"):
        admin.AdminSite().register(Gateway, Bare)


def test_lists__two_tenants__show_ones_own_rows_within_few_queries(
    both, person, client, django_assert_max_num_queries
):
    environment, neighbour = both
    client.force_login(person)

    for model in LISTED:
        with django_assert_max_num_queries(MOST_QUERIES, using="default"):
            answer = client.get(address(model, "changelist"))

        if model in OF_THE_INSTALLATION:
            assert answer.status_code == 403, model
            continue
        assert answer.status_code == 200, model
        shown = {row.pk for row in answer.context_data["cl"].result_list}
        assert not shown & keys(rows_of(model, neighbour)), model
        assert bool(shown) == rows_of(model, environment).exists(), model


def test_objects__of_another_tenant__are_not_there(both, person, client):
    _, neighbour = both
    client.force_login(person)

    for model in TENANT_MODELS:
        theirs = rows_of(model, neighbour).first()
        answers = [
            client.get(address(model, page, theirs.pk)).status_code
            for page in ("change", "history", "delete")
        ]

        assert answers[:2] == [404, 404], model
        assert answers[2] in (403, 404), model


def test_objects__ones_own__open_or_lead_to_their_page(both, person, client):
    environment, _ = both
    client.force_login(person)

    for model in TENANT_MODELS:
        mine = rows_of(model, environment).first()

        assert client.get(address(model, "change", mine.pk), follow=True).status_code == 200, model
        history = client.get(address(model, "history", mine.pk), follow=True)
        assert history.status_code == 200, model


def test_lists__no_environment_at_all__say_what_to_do(platform_administrator, client):
    client.force_login(platform_administrator)

    for model in LISTED:
        answer = client.get(address(model, "changelist"))

        assert answer.status_code == 200, model
        if not answer.context_data["cl"].result_list:
            assert admin.site._registry[model].empty_state.title in answer.content.decode()


def test_environments_row__posted__is_refused(both, person, client):
    environment, _ = both
    client.force_login(person)
    agent = Agent.objects.in_environment(environment)[0]

    answer = client.post(address(Agent, "change", agent.pk), {"name": "other"})

    assert answer.status_code == 403


def test_platform_administrator__every_organisation__is_listed(
    both, platform_administrator, client
):
    client.force_login(platform_administrator)

    answer = client.get(address(Organisation, "changelist"))

    assert [row.name for row in answer.context_data["cl"].result_list] == ["acme", "globex"]


def test_filter__by_organisation__offers_only_ones_own(both, person, client):
    client.force_login(person)

    page = client.get(address(User, "changelist")).content.decode()

    assert "globex" not in page


def test_choices__of_a_token__offer_ones_own_user_and_environments(both, person, client):
    client.force_login(person)

    form = client.get(address(ApiToken, "add")).context_data["adminform"].form

    assert [user.login for user in form.fields["user"].queryset] == ["acme/ana"]
    assert {str(each) for each in form.fields["agent_of"].queryset} == {"acme/production"}


def test_search__foreign_words__finds_nothing(both, person, client):
    _, neighbour = both
    Gateway.objects.in_environment(neighbour).filter(name="internal").update(
        name="secret-of-globex"
    )
    client.force_login(person)

    listed = client.get(address(Gateway, "changelist"), {"q": "secret-of-globex"})
    found = client.get(reverse("search"), {"s": "secret-of-globex"})

    assert not list(listed.context_data["cl"].result_list)
    assert "secret-of-globex" not in found.content.decode()


def test_autocomplete__foreign_rows__are_not_offered(both, person, client):
    client.force_login(person)

    answer = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "tenants", "model_name": "apitoken", "field_name": "user", "term": "bob"},
    )

    assert answer.json()["results"] == []
