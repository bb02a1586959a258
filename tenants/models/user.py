"""People. A login is ``organisation/user``; platform administrators have no slash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from tenants.models.organisation import Organisation
from tenants.models.visible import VisibleQuerySet
from tenants.names import is_label

if TYPE_CHECKING:
    from tenants.domain.salting import Salted
    from tenants.models.token import ApiToken

KEY_ID_LENGTH = 16


def validate_login(login: str) -> None:
    """Refuse what is neither ``organisation/user`` nor ``user``.

    Raises:
        ValidationError: with a message fit to show.
    """
    organisation, slash, name = login.rpartition("/")
    if not is_label(name.replace(".", "-").replace("_", "-")) or (
        slash and not is_label(organisation)
    ):
        raise ValidationError(
            "Write organisation/user (or just user for a platform administrator), in lower-case"
            " letters, digits, hyphens, dots and underscores.",
            code="login",
        )


class UserQuerySet(VisibleQuerySet["User"]):
    """Users, narrowed by who asks."""


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users whose organisation agrees with their login."""

    def create_user(self, login: str, password: str | None = None, **fields: Any) -> User:
        """Make a user; the organisation named in `login` must exist."""
        organisation, _, _ = login.rpartition("/")
        if organisation and "organisation" not in fields:
            fields["organisation"] = Organisation.objects.get(name=organisation)
        user: User = self.model(login=login, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, login: str, password: str | None = None, **fields: Any) -> User:
        """Make a platform administrator, whose login has no slash."""
        return self.create_user(login, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who may log in.

    A user of an organisation sees that organisation and nothing else; one without an organisation
    is a platform administrator and sees all of them.

    Attributes:
        password: hash of the password mixed with the salt of `password_salt`, in the form that
            Django's hashers take.
        password_salt: key id of that salt, which lies in the key-value store alone; empty for a
            hash from before there were salts.
    """

    login = models.CharField(max_length=127, unique=True, validators=[validate_login])
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users"
    )
    full_name = models.CharField(max_length=127, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True, help_text="Untick instead of deleting.")
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    password_salt = models.CharField(
        max_length=KEY_ID_LENGTH, blank=True, default="", editable=False
    )
    password_set_at = models.DateTimeField(null=True, editable=False)
    must_change_password = models.BooleanField(
        default=False,
        help_text="Asks for a password of the person's own choice at the next sign-in.",
    )

    objects: ClassVar[UserManager] = UserManager()

    token_used: ApiToken | None = None
    """The token that a request came with, which may pass on less than all that its user may do."""

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["login"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(is_superuser=True),
                name="user_has_organisation",
                violation_error_message="Only platform administrators have no organisation.",
            )
        ]

    def __str__(self) -> str:
        return self.login

    def clean(self) -> None:
        """Refuse a login that names another organisation than the user's.

        Raises:
            ValidationError: on the login.
        """
        super().clean()
        organisation, _, _ = self.login.rpartition("/")
        if organisation != (self.organisation.name if self.organisation else ""):
            raise ValidationError({"login": "The login must start with the organisation's name."})

    def set_password(self, raw_password: str | None) -> None:
        """Mix the password with the newest salt and hash that; None makes one that nothing opens.

        Cost: the hash, and at most one read of the key-value store. Not for a transaction.

        Raises:
            Unavailable: the store does not answer; nothing was changed.
        """
        if raw_password is None:
            self.set_unusable_password()
            return
        mixed = _salted(self.organisation, raw_password)
        if mixed is None:
            raise RuntimeError("a salt that was just made is gone")
        self.password = hashers.make_password(mixed.text)
        self.password_salt = mixed.key_id
        self.password_set_at = timezone.now()
        self._password = raw_password

    def set_unusable_password(self) -> None:
        """Make the password one that nothing opens."""
        super().set_unusable_password()
        self.password_salt = ""

    def check_password(self, raw_password: str | None) -> bool:
        """Tell whether that is the password; a hash of an older kind or salt is made anew.

        Raises:
            Unavailable: the salt cannot be read. That says nothing of the password.
        """
        if raw_password is None or not self.has_usable_password():
            return hashers.check_password(raw_password, self.password)
        text, is_newest = raw_password, False
        if self.password_salt:
            mixed = _salted(self.organisation, raw_password, self.password_salt)
            if mixed is None:
                return False
            text, is_newest = mixed.text, mixed.is_newest
        outdated: list[str] = [] if is_newest else ["salt"]
        is_right = hashers.check_password(text, self.password, outdated.append)
        if is_right and outdated:
            self._hash_anew(raw_password)
        return is_right

    async def acheck_password(self, raw_password: str | None) -> bool:
        """See `check_password`."""
        return await sync_to_async(self.check_password)(raw_password)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Tie sessions to when the password was set, so that hashing it anew ends none."""
        tied_to = self.password_set_at.isoformat() if self.password_set_at else self.password
        key_salt = "tenants.models.user.User"
        return salted_hmac(key_salt, tied_to, secret=secret, algorithm="sha256").hexdigest()

    def _hash_anew(self, raw_password: str) -> None:
        """Keep the same password as it would be kept now, unless it was changed meanwhile."""
        before, set_at = self.password, self.password_set_at
        self.set_password(raw_password)
        # It is the same password: nobody set one now, and no validator is to remember it twice.
        self._password, self.password_set_at = None, set_at  # type: ignore[assignment] # Django's own
        rows = type(self)._base_manager.filter(pk=self.pk, password=before)
        rows.update(password=self.password, password_salt=self.password_salt)

    @property
    def is_platform_administrator(self) -> bool:
        """True for those who look after the installation and belong to no organisation."""
        return self.is_active and self.is_superuser and self.organisation_id is None

    @property
    def is_staff(self) -> bool:
        """Everybody uses the admin screens; what they see there is their organisation's."""
        return self.is_active

    def get_full_name(self) -> str:
        """Return the name that people know the user by."""
        return self.full_name or self.login

    def get_short_name(self) -> str:
        """Return the login without its organisation."""
        return self.login.rpartition("/")[2]


def _salted(organisation: Organisation | None, password: str, key_id: str = "") -> Salted | None:
    # Reading salts is above this module, so the settings name it.
    found: Salted | None = import_string(settings.PASSWORD_SALTING)(organisation, password, key_id)
    return found
