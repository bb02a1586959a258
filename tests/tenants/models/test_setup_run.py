from __future__ import annotations

from django.utils import timezone

from tenants.models import SetupRun


def test_run__until_it_has_ended__is_under_way():
    now = timezone.now()
    run = SetupRun(environment_id=1, number=1, asked_at=now, asked_by="root")

    assert run.is_under_way

    run.ended_at = now

    assert not run.is_under_way
