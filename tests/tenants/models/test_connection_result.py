from __future__ import annotations

from django.utils import timezone

from tenants.models import ConnectionResult
from vamp.ports.checks import Check


def test_result__kept__gives_back_what_was_found(environment):
    check = Check("Vault", "1.14")
    check.bad("is unsealed", "it is sealed", "unseal it")
    found = check.done()

    ConnectionResult(
        key="e1/kv", ok=found.ok, is_prepared=found.is_prepared, found=found.as_json(),
        tested_at=timezone.now(), tested_by="root",
    ).save()  # fmt: skip

    assert ConnectionResult.objects.get().checked == found
