"""``manage.py audit`` as an operator runs it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.tenants.storages import cleaned, prepared
from tests.vamp.audit.chains import emptied, keys, recorded, sealed
from vamp.audit import signing
from vamp.audit.archiving import Archiving
from vamp.audit.sealing import ChainBroken, seal
from vamp.databases import aliases
from vamp.dedicated import learnt
from vamp.models import AuditCheckpoint, AuditEntry


def run(*arguments):
    """Return exit code and output."""
    out = io.StringIO()
    try:
        call_command("audit", *arguments, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def chains(environment):
    """A sealed chain in each database."""
    for database in aliases():
        emptied(database)
        recorded(database, 3)
        seal(database, keys())
    return environment.database


def test_verify__all_whole__exits_0_and_names_each_database(chains):
    code, text = run("verify")

    assert code == 0
    assert "default: whole, 3 entries up to position 3" in text
    assert "dedicated: whole" in text


def test_verify__database_of_a_tenants_own__is_walked_by_a_process_that_has_not_met_it(
    chains, environment, tmp_path
):
    with cleaned():
        alias = prepared(environment.organisation, tmp_path)
        learnt.forget(alias)

        _, text = run("verify")

    assert f"{alias}: " in text


def test_verify__edited__exits_1_and_says_where(chains):
    row = AuditEntry.objects.using(chains).order_by("position")[1]
    AuditEntry.objects.using(chains).filter(pk=row.pk).update(actor="acme/bo")

    code, text = run("verify", "--database", chains, "-o", "json")

    found = json.loads(text)
    (finding,) = found["databases"][0]["findings"]
    assert (code, found["whole"]) == (1, False)
    assert (finding["what"], finding["position"], finding["entry"]) == ("edited", 2, row.pk)
    assert run("verify", "--organisation", "acme")[0] == 1
    assert f"entry {row.pk} at position 2" in run("verify")[1]


def test_verify__nobody_seals__exits_4(chains):
    recorded(chains)
    AuditEntry.objects.using(chains).filter(position=None).update(at="2026-01-01T00:00:00Z")

    code, text = run("verify")

    assert code == 4
    assert "not sealed yet: 1, the oldest for" in text


def test_verify__keys_cannot_be_read__exits_3(chains):
    signing.store().put(signing.KEYS, "none of ours")

    assert run("verify")[0] == 3
    signing.ring.forget()


def test_verify__unknown_database_or_organisation__is_refused(chains):
    with pytest.raises(CommandError, match="no such database: x; there are default, dedicated"):
        run("verify", "--database", "x")
    with pytest.raises(CommandError, match="no organisation nobody"):
        run("verify", "--organisation", "nobody")


def test_export__of_an_organisation__writes_every_entry_and_is_recorded(chains, tmp_path):
    code, text = run("export", "--organisation", "acme")

    lines = [json.loads(line) for line in text.splitlines()]
    assert code == 0
    assert {line["position"] for line in lines} == {1, 2, 3}
    assert all(line["organisation"] == "acme" for line in lines)
    entry = AuditEntry.objects.using("default").get(verb="audit.exported")
    assert entry.actor.startswith("vamp:terminal/")

    path = tmp_path / "trail.csv"
    run("export", "--organisation", "acme", "--format", "csv", "--output-file", str(path))
    assert path.stat().st_mode & 0o077 == 0
    assert next(csv.reader(path.read_text().splitlines()))[0] == "database"


def test_export__time_that_is_none__is_refused(chains):
    with pytest.raises(CommandError, match="--since: not a time"):
        run("export", "--organisation", "acme", "--since", "yesterday")


def test_acknowledge__after_a_restored_backup__sealing_goes_on_and_says_so(environment):
    database = environment.database
    sealed(database, 3)
    AuditEntry.objects.using(database).filter(position=3).delete()
    recorded(database)
    with pytest.raises(ChainBroken):
        seal(database, keys())

    code, text = run("acknowledge", "--database", database, "--reason", "restored the backup")

    assert (code, text) == (0, f"{database}: sealing goes on after position 2.\n")
    assert seal(database, keys()) == 2
    entry = AuditEntry.objects.using(database).get(verb="audit.acknowledged")
    assert (entry.before["head"], entry.after["reason"]) == (3, "restored the backup")
    assert run("verify", "--database", database)[0] == 0
    assert AuditCheckpoint.objects.using(database).get().position == 4


def test_acknowledge__without_a_reason__is_refused(chains):
    with pytest.raises(CommandError, match="say what happened"):
        run("acknowledge", "--database", "default")


def test_rotate_key__of_a_whole_trail__verifies_before_and_after(chains):
    old = keys().current

    code, text = run("rotate-key", "--reason", "a year is over")

    assert code == 0
    assert keys().current in text
    assert keys().current != old
    heads = [AuditCheckpoint.objects.using(each).order_by("-position")[0] for each in aliases()]
    assert {head.key_id for head in heads} == {keys().current}
    assert run("verify")[0] == 0
    entry = AuditEntry.objects.using("default").get(verb="audit.key_rotated")
    assert entry.actor.startswith("vamp:terminal/")
    assert entry.after["reason"] == "a year is over"


def test_keys__after_a_rotation__lists_public_halves_alone(chains):
    run("rotate-key")

    shown = json.loads(run("keys", "-o", "json")[1])["keys"]

    assert [key["is_current"] for key in shown] == [True, False]
    assert shown[0]["public"] == keys().public()
    text = run("keys")[1]
    assert shown[1]["id"] in text
    stored = json.loads(signing.store().get(signing.KEYS).value)
    assert not any(private in text for private in stored["private"].values())


def test_rotate_key__head_that_somebody_changed__is_left_and_named(chains):
    AuditCheckpoint.objects.using(chains).update(link="f" * 64)

    with pytest.raises(CommandError, match=f"the head of {chains}; run audit verify"):
        run("rotate-key")


def test_rotate_key__store_of_other_things__says_so(chains):
    signing.store().put(signing.KEYS, "none of ours")

    with pytest.raises(CommandError, match="cannot be turned over"):
        run("rotate-key")
    signing.ring.forget()


@pytest.fixture
def shipped(chains, settings, tmp_path):
    """The chains, carried to archives in a folder; return the folder."""
    settings.AUDIT_FOLDER = str(tmp_path / "archive")
    for database in aliases():
        assert Archiving().archive(database) >= 3
    return tmp_path / "archive"


def test_verify__against_the_archive__names_what_differs_and_exits_1(chains, shipped):
    code, text = run("verify", "--against-archive")
    assert code == 0
    assert f"{chains} and 2 archives: alike, 3 entries compared" in text

    AuditEntry.objects.using(chains).filter(position=3).delete()
    AuditCheckpoint.objects.using(chains).all().delete()

    code, text = run("verify", "--against-archive", "--organisation", "acme", "-o", "json")
    (mine,) = [each for each in json.loads(text)["archives"] if each["database"] == chains]
    assert (code, mine["alike"]) == (1, False)
    assert [(each["what"], each["position"]) for each in mine["findings"]] == [("only archived", 3)]
    assert "only archived" in run("verify", "--against-archive")[1]


def test_verify__against_an_archive_that_nobody_keeps__exits_3(chains):
    code, text = run("verify", "--against-archive")

    assert code == 3
    assert "no archive is kept" in text
    assert "archives" not in json.loads(run("verify", "-o", "json")[1])


def test_verify__against_an_archive_that_cannot_be_read__exits_3(chains, shipped):
    for file in shipped.rglob("*.jsonl"):
        file.write_text("nothing of ours\n")

    code, text = run("verify", "--against-archive")

    assert code == 3
    assert "not checked  archive of acme/production" in text
