from __future__ import annotations

import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from vamp import locks


def test_hold__outside_a_transaction__is_refused(environment, monkeypatch):
    connection = transaction.get_connection(environment.database)
    monkeypatch.setattr(connection, "in_atomic_block", False)

    with pytest.raises(RuntimeError, match="outside a transaction"):
        locks.hold("gateways/1", using=environment.database)


def test_hold__again_in_the_same_transaction__is_one_statement_at_most(environment):
    with transaction.atomic(using=environment.database):
        locks.hold("gateways/1", using=environment.database)
        connection = transaction.get_connection(environment.database)
        with CaptureQueriesContext(connection) as queries:
            locks.hold("gateways/1", using=environment.database)

    assert len(queries) == int(connection.features.has_select_for_update)
