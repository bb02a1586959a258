"""Events that this app emits; the subject is ``vamp.<organisation>.<environment or _>.<name>``."""

ORGANISATION_CREATED = "tenants.organisation.created"
ORGANISATION_CHANGED = "tenants.organisation.changed"
ENVIRONMENT_CREATED = "tenants.environment.created"
ENVIRONMENT_CHANGED = "tenants.environment.changed"
SECRET_CHANGED = "tenants.secret.changed"  # noqa: S105 a subject, not a secret
USER_CREATED = "tenants.user.created"
TOKEN_CREATED = "tenants.token.created"  # noqa: S105 likewise
TOKEN_REVOKED = "tenants.token.revoked"  # noqa: S105 likewise
CONNECTION_TESTED = "tenants.connection.tested"
SETUP_REQUESTED = "tenants.setup.requested"
SETUP_CHANGED = "tenants.setup.changed"

CONFIGURES = frozenset(
    {ORGANISATION_CREATED, ORGANISATION_CHANGED, ENVIRONMENT_CREATED, ENVIRONMENT_CHANGED}
)
"""Events after which the key-value store holds an older configuration than the rows."""
