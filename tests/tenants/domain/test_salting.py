from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from tenants.domain.salting import new_key_id, new_salt, salted


def test_new_salt__twice__differs_and_is_long():
    assert new_salt() != new_salt()
    assert len(new_salt()) == 44
    assert len({new_key_id() for _ in range(100)}) == 100


@given(st.text())
def test_salted__any_password__is_the_hmac_of_it(password):
    expected = hmac.new(bytes(32), password.encode(), hashlib.sha256).hexdigest()

    assert salted(password, "A" * 43 + "=") == expected


@given(st.text(), st.text())
def test_salted__other_salt_or_password__is_another_text(one, other):
    salt = new_salt()

    assert salted(one, salt) != salted(one, new_salt())
    assert (salted(one, salt) == salted(other, salt)) is (one == other)
