"""Events that this app emits; the subject is ``vamp.<organisation>.<environment or _>.<name>``."""

ORGANISATION_CREATED = "tenants.organisation.created"
ORGANISATION_CHANGED = "tenants.organisation.changed"
ENVIRONMENT_CREATED = "tenants.environment.created"
ENVIRONMENT_CHANGED = "tenants.environment.changed"
SECRET_CHANGED = "tenants.secret.changed"  # noqa: S105 a subject, not a secret
SALT_CHANGED = "tenants.salt.changed"
USER_CREATED = "tenants.user.created"
PASSWORD_CHANGED = "tenants.password.changed"  # noqa: S105 likewise
USER_CHANGED = "tenants.user.changed"
SESSIONS_ENDED = "tenants.session.ended"
LOCK_LIFTED = "tenants.lock.lifted"
SECOND_FACTOR_CHANGED = "tenants.factor.changed"
SIGN_IN_CHANGED = "tenants.signin.changed"
TOKEN_CREATED = "tenants.token.created"  # noqa: S105 likewise
TOKEN_REVOKED = "tenants.token.revoked"  # noqa: S105 likewise

CONFIGURES = frozenset(
    {ORGANISATION_CREATED, ORGANISATION_CHANGED, ENVIRONMENT_CREATED, ENVIRONMENT_CHANGED}
)
"""Events after which the key-value store holds an older configuration than the rows."""
