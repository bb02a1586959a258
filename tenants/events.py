"""Events that this app emits; the subject is ``vamp.<organisation>.<environment or _>.<name>``."""

ORGANISATION_CREATED = "tenants.organisation.created"
ORGANISATION_CHANGED = "tenants.organisation.changed"
ENVIRONMENT_CREATED = "tenants.environment.created"
ENVIRONMENT_CHANGED = "tenants.environment.changed"
ENVIRONMENT_CLONED = "tenants.environment.cloned"
ENVIRONMENT_ARCHIVED = "tenants.environment.archived"
ENVIRONMENT_RESTORED = "tenants.environment.restored"
ENVIRONMENT_RETIRED = "tenants.environment.retired"
ENVIRONMENT_DELETED = "tenants.environment.deleted"
ORGANISATION_ARCHIVED = "tenants.organisation.archived"
ORGANISATION_RESTORED = "tenants.organisation.restored"
ORGANISATION_RETIRED = "tenants.organisation.retired"
ORGANISATION_DELETED = "tenants.organisation.deleted"
SECRET_CHANGED = "tenants.secret.changed"  # noqa: S105 a subject, not a secret
USER_CREATED = "tenants.user.created"
TOKEN_CREATED = "tenants.token.created"  # noqa: S105 likewise
TOKEN_REVOKED = "tenants.token.revoked"  # noqa: S105 likewise

CONFIGURES = frozenset(
    {
        *(ORGANISATION_CREATED, ORGANISATION_CHANGED, ORGANISATION_RESTORED),
        *(ENVIRONMENT_CREATED, ENVIRONMENT_CHANGED, ENVIRONMENT_RESTORED),
    }
)
"""Events after which the key-value store holds an older configuration than the rows."""

DELETES = frozenset({ORGANISATION_RETIRED, ENVIRONMENT_RETIRED})
"""Events after which a deletion has work to do."""
