"""Organisations, environments, people and tokens: the Lifter's lists and forms, each in its module.

Django imports this package alone when it looks for admins; so it imports each module in turn.
"""

from tenants.admin import (
    bindings,
    environments,
    groups,
    life,
    organisations,
    roles,
    sign_in,
    tokens,
    users,
)

__all__ = [
    "bindings",
    "environments",
    "groups",
    "life",
    "organisations",
    "roles",
    "sign_in",
    "tokens",
    "users",
]
