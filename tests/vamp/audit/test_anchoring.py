"""The anchor moves along its chain, and along no other."""

from __future__ import annotations

import pytest

from tests.vamp.audit.chains import emptied, keys, recorded, sealed
from vamp.audit import anchoring, signing
from vamp.audit.anchoring import Anchor
from vamp.audit.sealing import seal
from vamp.audit.signing import Keys, KeysUnreadable
from vamp.models import AuditEntry


def held(database):
    return anchoring.read(signing.store(), database)


def cast(database, **more):
    return anchoring.cast(signing.store(), database, **more)


def test_cast__chain_goes_on__follows_its_head(environment):
    database = environment.database
    rows = sealed(database, 2)

    assert held(database) is None
    assert cast(database)
    assert (held(database).position, held(database).link) == (2, rows[1].link)
    assert held(database).is_signed(database, keys())
    recorded(database)
    seal(database, keys())
    assert cast(database)
    assert held(database).position == 3
    assert cast(database)


def test_cast__nothing_sealed__stays_away(environment):
    emptied(environment.database)

    assert cast(environment.database)
    assert held(environment.database) is None


def test_cast__chain_was_rewritten__stays_until_it_is_forced(environment):
    database = environment.database
    sealed(database, 3)
    cast(database)
    AuditEntry.objects.using(database).filter(position=3).update(link="f" * 64)

    assert not cast(database)
    assert held(database).position == 3
    sealed(database, 2)  # another chain, shorter
    assert not cast(database)
    assert cast(database, is_forced=True)
    assert held(database).position == 2


def test_anchor__text_that_is_not_ours__is_refused():
    with pytest.raises(KeysUnreadable):
        Anchor.from_json("{}")


def test_key_of__any_alias__is_a_key_of_no_tenant():
    assert anchoring.key_of("EU West/1") == "_/audit/anchors/eu-west-1"


def test_sign_anew__anchor_of_an_old_key__bears_the_new_one_and_does_not_move(environment):
    database = environment.database
    sealed(database, 2)
    cast(database)
    before = held(database)
    turned = keys().turned(Keys.new(), "2026-03-01T00:00:00+00:00")

    assert anchoring.sign_anew(signing.store(), database, turned)

    after = held(database)
    assert (after.position, after.link, after.at) == (before.position, before.link, before.at)
    assert after.is_signed(database, turned.without_retired(turned.retired))
    assert anchoring.sign_anew(signing.store(), database, turned)


def test_sign_anew__anchor_that_is_not_ours__stays(environment):
    database = environment.database
    sealed(database, 2)
    cast(database)

    assert not anchoring.sign_anew(signing.store(), database, Keys.new())
    assert held(database).is_signed(database, keys())


def test_sign_anew__nothing_cast_yet__has_nothing_to_do(environment):
    assert anchoring.sign_anew(signing.store(), environment.database, Keys.new())
