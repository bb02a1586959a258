"""Events that this app emits; the subject is ``vamp.<organisation>.<environment or _>.<name>``."""

ORGANISATION_CREATED = "tenants.organisation.created"
ORGANISATION_CHANGED = "tenants.organisation.changed"
ENVIRONMENT_CREATED = "tenants.environment.created"
ENVIRONMENT_CHANGED = "tenants.environment.changed"
SECRET_CHANGED = "tenants.secret.changed"  # noqa: S105 a subject, not a secret
DATABASE_CREATED = "tenants.database.created"
DATABASE_CHANGED = "tenants.database.changed"
DATABASE_PREPARED = "tenants.database.prepared"
DATABASE_FORGOTTEN = "tenants.database.forgotten"
MOVE_STARTED = "tenants.move.started"
MOVE_SWITCHED = "tenants.move.switched"
MOVE_ENDED = "tenants.move.ended"
AGENT_KEY_ROTATED = "tenants.agentkey.rotated"
USER_CREATED = "tenants.user.created"
TOKEN_CREATED = "tenants.token.created"  # noqa: S105 likewise
TOKEN_REVOKED = "tenants.token.revoked"  # noqa: S105 likewise

CONFIGURES = frozenset(
    {ORGANISATION_CREATED, ORGANISATION_CHANGED, ENVIRONMENT_CREATED, ENVIRONMENT_CHANGED}
)
"""Events after which the key-value store holds an older configuration than the rows."""
