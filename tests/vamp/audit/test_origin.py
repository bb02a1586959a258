from __future__ import annotations

from vamp import audit


def test_came_with__within_a_request__is_told_until_its_end():
    token = audit.origin.set(audit.Origin("10.0.0.1", "r1"))
    try:
        audit.came_with("abc/ci")
        assert audit.origin.get() == audit.Origin("10.0.0.1", "r1", "abc/ci")
    finally:
        audit.origin.reset(token)

    assert audit.origin.get() is audit.NOWHERE


def test_came_with__outside_a_request__is_not_kept():
    audit.came_with("abc/ci")

    assert audit.origin.get() is audit.NOWHERE
