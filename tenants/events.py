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
DATABASE_CREATED = "tenants.database.created"
DATABASE_CHANGED = "tenants.database.changed"
DATABASE_PREPARED = "tenants.database.prepared"
DATABASE_FORGOTTEN = "tenants.database.forgotten"
MOVE_STARTED = "tenants.move.started"
MOVE_SWITCHED = "tenants.move.switched"
MOVE_ENDED = "tenants.move.ended"
AGENT_KEY_ROTATED = "tenants.agentkey.rotated"
USER_CREATED = "tenants.user.created"
USER_CHANGED = "tenants.user.changed"
USER_DELETED = "tenants.user.deleted"
SALT_CHANGED = "tenants.salt.changed"
USER_CREATED = "tenants.user.created"
PASSWORD_CHANGED = "tenants.password.changed"  # noqa: S105 likewise
USER_CHANGED = "tenants.user.changed"
SESSIONS_ENDED = "tenants.session.ended"
LOCK_LIFTED = "tenants.lock.lifted"
SECOND_FACTOR_CHANGED = "tenants.factor.changed"
SIGN_IN_CHANGED = "tenants.signin.changed"
TOKEN_CREATED = "tenants.token.created"  # noqa: S105 likewise
TOKEN_ROTATED = "tenants.token.rotated"  # noqa: S105 likewise
TOKEN_REVOKED = "tenants.token.revoked"  # noqa: S105 likewise
ROLE_CREATED = "tenants.role.created"
ROLE_CHANGED = "tenants.role.changed"
ROLE_DELETED = "tenants.role.deleted"
GROUP_CREATED = "tenants.group.created"
GROUP_CHANGED = "tenants.group.changed"
GROUP_DELETED = "tenants.group.deleted"
BINDING_CREATED = "tenants.binding.created"
BINDING_CHANGED = "tenants.binding.changed"
BINDING_DELETED = "tenants.binding.deleted"
CONNECTION_TESTED = "tenants.connection.tested"
SETUP_REQUESTED = "tenants.setup.requested"
SETUP_CHANGED = "tenants.setup.changed"

CONFIGURES = frozenset(
    {
        *(ORGANISATION_CREATED, ORGANISATION_CHANGED, ORGANISATION_RESTORED),
        *(ENVIRONMENT_CREATED, ENVIRONMENT_CHANGED, ENVIRONMENT_RESTORED),
    }
)
"""Events after which the key-value store holds an older configuration than the rows."""

DELETES = frozenset({ORGANISATION_RETIRED, ENVIRONMENT_RETIRED})
"""Events after which a deletion has work to do."""
