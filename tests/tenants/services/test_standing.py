from __future__ import annotations

import pytest

from tenants.exceptions import NotActive
from tenants.models import Environment, LifeState, Organisation
from tenants.services.standing import require_active, require_kept

A, R, D = LifeState.ACTIVE, LifeState.ARCHIVED, LifeState.DELETING


def row(organisation, environment):
    return Environment(
        organisation=Organisation(name="acme", state=organisation),
        name="production",
        state=environment,
    )


def test_require_active__both_active__passes():
    require_active(row(A, A))
    require_active(row(A, A).organisation)


@pytest.mark.parametrize(
    ("organisation", "environment", "said"),
    [
        (A, R, "environment acme/production is archived"),
        (A, D, "environment acme/production is being deleted"),
        (R, A, "organisation acme is archived"),
        (D, R, "organisation acme is being deleted"),
        (R, D, "environment acme/production is being deleted"),
    ],
)
def test_require_active__either_is_not__says_which_and_why(organisation, environment, said):
    with pytest.raises(NotActive, match=said):
        require_active(row(organisation, environment))


@pytest.mark.parametrize("states", [(A, A), (R, A), (A, R), (R, R)])
def test_require_kept__archived__passes(states):
    require_kept(row(*states))


@pytest.mark.parametrize("states", [(D, A), (A, D), (R, D), (D, R)])
def test_require_kept__being_deleted__is_refused(states):
    with pytest.raises(NotActive, match="being deleted"):
        require_kept(row(*states))
