"""Whether an organisation or environment takes changes: every service that changes one asks."""

from __future__ import annotations

from tenants.exceptions import NotActive
from tenants.models import Environment, LifeState, Organisation
from vamp.errors import Fault

_RESTORED = frozenset({LifeState.ARCHIVED})
_WORDS = {LifeState.ARCHIVED: "archived", LifeState.DELETING: "being deleted"}


def require_active(row: Organisation | Environment) -> None:
    """Refuse where `row`, or the organisation of an environment, takes no changes. No query.

    Raises:
        NotActive: it is archived or being deleted.
    """
    _refuse(row, LifeState.DELETING)
    _refuse(row, LifeState.ARCHIVED)


def require_kept(row: Organisation | Environment) -> None:
    """Refuse where it is being deleted; an archived one passes. No query.

    Raises:
        NotActive: see above.
    """
    _refuse(row, LifeState.DELETING)


def _refuse(row: Organisation | Environment, state: LifeState) -> None:
    organisation = row.organisation if isinstance(row, Environment) else row
    for each, what in ((organisation, "organisation"), (row, "environment")):
        if each.state == state:
            hint = "a platform administrator can restore it" if state in _RESTORED else ""
            message = f"{what} {each} is {_WORDS[state]}: nothing in it is changed"
            raise NotActive(faults=[Fault("", message, hint, code=NotActive.code)])
