"""The pages of the audit trail: whose entries they show, narrowed how, and how one is read."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import NOON, audit_entry_in, environment_in, organisation_named, user_of
from tests.vamp.audit.chains import keys
from vamp import merged
from vamp.audit.sealing import seal
from vamp.models import AuditEntry

TRAIL = "/admin/organisations/acme/audit/"


@pytest.fixture
def entry(environment):
    return audit_entry_in(
        environment, actor="acme/bo", before={"title": "<b>Old</b>", "port": 80},
        after={"title": "New", "port": 80}, request_id="r-7", source_address="10.0.0.9",
    )  # fmt: skip


@pytest.fixture
def visitor(person, client):
    client.force_login(person)
    return client


def text(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def listed(answer):
    return {row.name for row, *_ in answer.context["entries"]}


def test_trail__of_an_organisation__shows_every_database_and_the_chains_state(visitor, entry):
    audit_entry_in(environment_in("dedicated", name="staging"), name="there")
    audit_entry_in(environment_in("default", organisation="globex"), name="theirs")

    answer = visitor.get(TRAIL)

    assert {"shop", "there"} <= listed(answer)
    assert "theirs" not in listed(answer)
    assert "not sealed yet" in text(answer)


def test_trail__narrowed__keeps_to_it_on_every_link(visitor, entry):
    answer = visitor.get(TRAIL, {"environment": "production", "kind": "gateway", "q": "bo shop"})

    assert listed(answer) == {"shop"}
    assert "format=csv" in text(answer)
    assert "q=bo+shop&amp;format=jsonl" in text(answer)


def test_trail__nothing_matches_or_a_time_that_is_none__says_so(visitor, entry):
    assert "Nothing matches" in text(visitor.get(TRAIL, {"q": "zzz"}))
    assert "Enter a valid date/time." in text(visitor.get(TRAIL, {"since": "yesterday"}))


@pytest.mark.parametrize("count", [1, 60])
def test_trail__any_length__takes_few_queries(count, visitor, entry, environment,
                                              django_assert_max_num_queries):  # fmt: skip
    for _ in range(count):
        audit_entry_in(environment)
    visitor.get(TRAIL)

    with django_assert_max_num_queries(11, using="default"):
        answer = visitor.get(TRAIL)

    assert len(answer.context["entries"]) <= 50


def test_trail__second_page__goes_on_where_the_first_ended(visitor, entry, environment):
    for number in range(60):
        audit_entry_in(environment, name=f"g{number}")

    first, second = (visitor.get(TRAIL, {"kind": "gateway", "page": page}) for page in (1, 2))

    assert len(listed(first) | listed(second)) == 61
    assert "?kind=gateway&amp;page=2" in text(first)


def test_entry__changed_fields__are_shown_before_and_after_and_escaped(visitor, entry):
    there = reverse("audit-entry", args=["acme", entry._state.db, entry.pk])

    shown = text(visitor.get(there))

    assert "&lt;b&gt;Old&lt;/b&gt;" in shown
    assert "<b>Old" not in shown
    assert "1 field stayed the same" in shown
    assert "not sealed yet" in shown
    assert "request_id=r-7" in shown
    seal(entry._state.db, keys())
    assert "not sealed yet" not in text(visitor.get(there))


def test_entry__of_another_tenant_or_database__is_not_there(visitor, entry):
    theirs = audit_entry_in(environment_in("default", organisation="globex"))
    for database in ("default", "dedicated", "nowhere"):
        for organisation in ("acme", "globex"):
            there = reverse("audit-entry", args=[organisation, database, theirs.pk + 10_000])
            text(visitor.get(there), 404)
    text(visitor.get(reverse("audit-entry", args=["acme", "default", theirs.pk])), 404)
    text(visitor.get(TRAIL.replace("acme", "globex")), 404)
    text(visitor.get(f"{TRAIL.replace('acme', 'globex')}export/"), 404)


def test_export__from_the_page__is_narrowed_and_recorded(visitor, entry):
    answer = visitor.get(f"{TRAIL}export/", {"format": "csv", "kind": "gateway"})

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["name"] for row in rows] == ["shop"]
    said = AuditEntry.objects.using("default").get(verb="audit.exported")
    assert (said.actor, said.after["kind"]) == ("acme/ana", "gateway")
    text(visitor.get(f"{TRAIL}export/", {"format": "xml"}), 404)


def test_installation__pages__are_for_platform_administrators(
    visitor, entry, platform_administrator, client_of
):
    there = "/admin/installation/audit/"
    text(visitor.get(there), 403)
    visitor.force_login(platform_administrator)

    answer = visitor.get(there)

    assert listed(answer) == {"root"}
    row, address, _ = answer.context["entries"][0]
    assert row.name in text(visitor.get(address))


def test_admin__list_and_form__lead_to_the_pages(visitor, entry):
    changelist = reverse("admin:vamp_auditentry_changelist")

    assert visitor.get(changelist)["Location"] == f"{TRAIL}?environment=production"
    assert visitor.get(changelist, {"q": "shop"})["Location"] == f"{TRAIL}?q=shop"
    there = reverse("admin:vamp_auditentry_change", args=[entry.pk])
    assert visitor.get(there)["Location"] == reverse(
        "audit-entry", args=["acme", entry._state.db, entry.pk]
    )


def test_trail__word_of_a_value__shows_where_and_escapes_it(visitor, entry):
    answer = visitor.get(TRAIL, {"q": "old"})

    assert listed(answer) == {"shop"}
    assert "title: &lt;b&gt;Old&lt;/b&gt; → New" in text(answer)
    assert "What fits is listed back to" not in text(answer)


def test_trail__search_that_leaves_some_out__says_how_far_it_went(
    visitor, entry, environment, monkeypatch
):
    for number in range(3):
        audit_entry_in(environment, name=f"more{number}", at=NOON + timedelta(hours=number))
    monkeypatch.setattr(merged, "MOST_SEARCHED", 1)

    answer = visitor.get(TRAIL, {"q": "gateway"})

    assert "What fits is listed back to" in text(answer)
    assert "or export all of it" in text(answer)
    monkeypatch.setattr(merged, "MOST_SEARCHED", 100)
    older = visitor.get(f"{TRAIL}?{answer.context['older']}")
    assert listed(older) >= {"shop", "more0", "more1", "more2"}
    assert f'value="{older.context["form"]["until"].value()}"' in text(older)


def test_trail__platform_administrator__chooses_whose_by_name(
    entry, platform_administrator, client, other_environment
):
    client.force_login(platform_administrator)
    installation = "/admin/installation/audit/"

    page = text(client.get(installation))
    assert '<option value="acme">' in page
    assert f'<option value="{other_environment.organisation.name}">' in page
    led = client.get(installation, {"organisation": "acme", "q": "shop", "environment": "x"})
    assert led["Location"] == f"{TRAIL}?q=shop"
    here = client.get(TRAIL, {"organisation": "acme", "environment": "production"})
    assert "shop" in listed(here)
    assert "organisation=" not in here.context["query"]
    assert client.get(TRAIL, {"organisation": ""})["Location"] == installation
    text(client.get(installation, {"organisation": "nobody"}), 404)


def test_trail__member__is_offered_no_other_organisation(visitor, entry, other_environment):
    page = text(visitor.get(TRAIL, {"organisation": other_environment.organisation.name}))

    assert "audit-organisations" not in page
    assert other_environment.organisation.name not in page.partition("<main")[2]


def test_admin__list_of_entries__of_one_environment_alone_keeps_to_that(entry, environment, client):
    client.force_login(
        user_of(environment.organisation, "bo", role="developer", environment="production")
    )
    changelist = reverse("admin:vamp_auditentry_changelist")

    there = client.get(changelist, {"q": "shop"})["Location"]

    assert there == f"{TRAIL}?q=shop&environment=production"
    assert "shop" in listed(client.get(there))


def test_admin__list_of_entries__without_an_environment_is_the_organisations(db, client):
    client.force_login(user_of(organisation_named("acme")))

    assert client.get(reverse("admin:vamp_auditentry_changelist"))["Location"] == TRAIL


@pytest.mark.parametrize(
    ("actor", "said"),
    [("vamp:terminal/ana", "a terminal on the machine"), ("vamp:retention", "Vamp itself")],
)
def test_entry__without_an_address__says_where_it_came_from(actor, said, visitor, environment):
    row = audit_entry_in(environment, actor=actor, source_address=None)

    assert said in text(visitor.get(reverse("audit-entry", args=["acme", row._state.db, row.pk])))


def test_trail__time_that_is_none__is_told_by_the_fields_label(visitor, entry):
    assert '<span class="v-chip">From</span>' in text(visitor.get(TRAIL, {"since": "yesterday"}))
