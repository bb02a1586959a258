import pytest
from django.utils import timezone

from tenants.services.holding import Lost, held
from vamp.models import Lease

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


def test_held__by_one__is_nobody_elses_not_even_in_the_same_process():
    with held("work", seconds=30) as mine:
        with held("work", seconds=30) as theirs:
            assert theirs is None
        mine.renew()

    with held("work", seconds=30) as again:
        assert again is not None


def test_beat__taken_over_meanwhile__ends_the_work():
    with held("work", seconds=0.0) as mine:
        Lease.objects.using("default").update(expires_at=timezone.now())
        with held("work", seconds=30), pytest.raises(Lost):
            mine.beat()
