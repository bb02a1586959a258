"""What the archive and the chain say of each other: alike, missing on either side, different."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.vamp.audit.archive import Archive
from tests.vamp.audit.chains import emptied, keys, recorded, rows
from vamp.audit import comparing
from vamp.audit.archiving import CURSOR, Archiving
from vamp.audit.comparing import Comparing, differences
from vamp.audit.forgetting import forget
from vamp.audit.sealing import seal
from vamp.drivers.audit.files import FileAudit
from vamp.models import AuditEntry, StreamCursor
from vamp.ports.errors import PortUnavailable

ACME, GLOBEX = ("acme", "production"), ("globex", "production")


class Archives:
    """An archive for each namespace, as the tenants would open them."""

    def __init__(self, make):
        self.kept = {ACME: make(*ACME), GLOBEX: make(*GLOBEX)}

    def __call__(self, organisation, environment):
        return self.kept.get((organisation, environment))


@pytest.fixture(params=["memory", "files"])
def archives(request, tmp_path):
    def make(organisation, environment):
        if request.param == "memory":
            return Archive()
        return FileAudit(tmp_path / "archive", organisation, environment)

    return Archives(make)


@pytest.fixture
def chain(environment, archives, monkeypatch):
    """Entries 1, 3, 5 of acme and 2, 4, 6 of globex, sealed and carried; return the database."""
    monkeypatch.setattr(comparing, "READ", 2)
    database = environment.database
    emptied(database)
    for _ in range(3):
        recorded(database, organisation="acme")
        recorded(database, organisation="globex")
    seal(database, keys())
    assert Archiving(archives).archive(database) == 6
    return database


def compared(database, archives, **more):
    return Comparing(database, archives, **more).compare([ACME, GLOBEX, ("acme", "")])


def found(comparison):
    return [(finding.what.value, finding.position) for finding in comparison.findings]


def test_compare__all_carried__is_alike(chain, archives):
    seen = []

    comparison = compared(chain, archives, on_progress=seen.append)

    assert (comparison.archives, comparison.compared, comparison.waiting) == (2, 6, 0)
    assert found(comparison) == []
    assert sum(seen) == 12  # each of the six, from both sides


def test_compare__entry_gone_here__is_only_archived(chain, archives):
    AuditEntry.objects.using(chain).filter(position__in=[2, 3]).delete()

    comparison = compared(chain, archives)

    assert found(comparison) == [("only archived", 2), ("only archived", 3)]
    assert comparison.findings[0].organisation == "globex"
    assert "acme/ana gateway.changed g0 is in the archive" in comparison.findings[0].message


@pytest.mark.parametrize("archives", ["memory"], indirect=True)
def test_compare__entry_gone_there__is_not_archived(chain, archives):
    del archives.kept[ACME].kept[f"{chain}:3"]

    comparison = compared(chain, archives)

    assert found(comparison) == [("not archived", 3)]
    assert "of acme/production" in comparison.findings[0].message


@pytest.mark.parametrize("archives", ["memory"], indirect=True)
def test_compare__whole_archive_gone__is_found_all_the_same(chain, archives):
    archives.kept[ACME].kept.clear()

    assert found(compared(chain, archives)) == [("not archived", each) for each in (1, 3, 5)]


@pytest.mark.parametrize("archives", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("actor", "acme/bo", "actor"), ("after", {"weight": 9}, "before and after"), ("link", "x", "link")],
)  # fmt: skip
def test_compare__entry_that_differs__names_the_field(field, value, said, chain, archives):
    kept = archives.kept[ACME].kept
    kept[f"{chain}:5"] = replace(kept[f"{chain}:5"], **{field: value})

    comparison = compared(chain, archives)

    assert found(comparison) == [("different", 5)]
    assert comparison.findings[0].message.endswith(f"of {said}")


def test_compare__entry_edited_here__differs(chain, archives):
    AuditEntry.objects.using(chain).filter(position=4).update(name="other")

    assert found(compared(chain, archives)) == [("different", 4)]


def test_compare__number_that_a_database_gives_back_in_another_form__is_alike(chain, archives):
    AuditEntry.objects.using(chain).filter(position=1).update(after={"weight": 1.0})

    assert found(compared(chain, archives)) == []


def test_compare__forgotten_by_retention_here__is_no_finding(chain, archives):
    until = rows(chain)[2].at + timedelta(microseconds=1)
    forget(chain, "acme", before=until, keys=keys())

    assert found(compared(chain, archives)) == []


def test_compare__older_than_is_kept__is_no_finding_on_either_side(chain, archives):
    until = rows(chain)[-1].at + timedelta(microseconds=1)
    AuditEntry.objects.using(chain).filter(position=1).delete()
    archives.kept[GLOBEX].prune(before=until)

    assert found(compared(chain, archives, kept_since=lambda organisation: until)) == []
    assert len(found(compared(chain, archives))) == 4


def test_compare__not_carried_yet__is_counted_and_no_finding(chain, archives):
    recorded(chain, 2)
    seal(chain, keys())
    StreamCursor.objects.using(chain).update_or_create(
        consumer=f"{CURSOR}:globex/production", defaults={"position": 1}
    )

    comparison = compared(chain, archives)

    assert (comparison.waiting, found(comparison)) == (2 + 3, [])


def test_compare__sealed_before_the_archive_was_there__is_counted(chain, archives):
    StreamCursor.objects.using(chain).filter(consumer__startswith="audit.begun:").delete()
    archives.kept[ACME].prune(before=rows(chain)[1].at)

    comparison = compared(chain, archives)

    assert (comparison.from_before, found(comparison)) == (1, [])


@pytest.mark.parametrize("archives", ["memory"], indirect=True)
def test_compare__archive_away__is_told_and_holds_up_no_other(chain, archives):
    AuditEntry.objects.using(chain).filter(position=2).delete()
    archives.kept[ACME].is_away = True

    comparison = compared(chain, archives)

    assert comparison.failures == ("acme/production: away",)
    assert (comparison.archives, found(comparison)) == (1, [("only archived", 2)])


def test_compare__archive_that_cannot_be_opened__is_told(chain):
    def opened(organisation, environment):
        raise PortUnavailable("no secret")

    comparison = Comparing(chain, opened).compare([ACME])

    assert (comparison.archives, comparison.failures) == (0, ("acme/production: no secret",))


def test_compare__more_findings_than_anybody_reads__are_counted(chain, archives, monkeypatch):
    monkeypatch.setattr(comparing, "MOST_FINDINGS", 2)
    AuditEntry.objects.using(chain).all().delete()

    comparison = compared(chain, archives)

    assert (len(comparison.findings), comparison.more) == (2, 4)


def test_compare__however_many_entries__asks_a_constant_number_for_each_thousand(
    chain, archives, django_assert_max_num_queries, monkeypatch
):
    monkeypatch.setattr(comparing, "READ", 1_000)

    with django_assert_max_num_queries(12, using=chain):
        compared(chain, archives)


@pytest.mark.parametrize("archives", ["memory"], indirect=True)
def test_differences__of_the_same_entry__are_none(chain, archives):
    entry = archives.kept[ACME].kept[f"{chain}:1"]

    assert differences(entry, entry) == []
