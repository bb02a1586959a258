"""People. A login is ``organisation/user``; platform administrators have no slash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from tenants.models.organisation import Organisation
from tenants.names import is_label

if TYPE_CHECKING:
    from tenants.models.principal import ServiceAccount
    from tenants.models.token import ApiToken


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


class UserQuerySet(models.QuerySet["User"]):
    """Users, narrowed by who asks."""

    def visible_to(self, user: User | ServiceAccount) -> UserQuerySet:
        """Return the people of `user`'s organisation, or all for a platform administrator."""
        if not user.is_active:
            return self.none()
        if user.is_platform_administrator:
            return self
        return self.filter(organisation_id=user.organisation_id or 0)


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
    """

    login = models.CharField(max_length=127, unique=True, validators=[validate_login])
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users"
    )
    full_name = models.CharField(max_length=127, blank=True)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True, help_text="Untick instead of deleting.")
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

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
