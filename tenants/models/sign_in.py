"""How the people of an organisation sign in: second factors, and single sign-on."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone

from tenants.models.organisation import Organisation
from tenants.models.visible import VisibleQuerySet

CLAIM_LENGTH = 255


class SecondFactorFor(models.TextChoices):
    """Whom an organisation asks for a second factor."""

    NOBODY = "nobody"
    PASSWORDS = "passwords", "those who sign in with a password"
    EVERYBODY = "everybody"


class SignInPolicy(models.Model):
    """What an organisation asks of whoever signs in; without a row, nothing more than a password.

    Attributes:
        organisation: whose people; None for platform administrators, who belong to none.
        of_platform: True in the one row without an organisation, None in all others, so that there
            is one on every database.
        grace_days: how long somebody may go on without a second factor, from when it was first
            asked for or they joined, whichever is later.
        required_since: when it was first asked for; None while it is asked of nobody.
    """

    organisation = models.OneToOneField(
        Organisation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="sign_in_policy",
        help_text="Left empty: of platform administrators, who belong to none.",
    )
    of_platform = models.BooleanField(null=True, unique=True, editable=False)
    second_factor = models.CharField(
        "second factor required of",
        max_length=15,
        choices=SecondFactorFor.choices,
        default=SecondFactorFor.NOBODY,
    )
    grace_days = models.PositiveSmallIntegerField(
        default=7, help_text="Days that people have to set one up. 0: at their next sign-in."
    )
    required_since = models.DateTimeField(null=True, editable=False)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        verbose_name = "sign-in policy"
        verbose_name_plural = "sign-in policies"

    def __str__(self) -> str:
        return f"sign-in of {self.whose}"

    @property
    def whose(self) -> str:
        """Of whom it asks something."""
        return str(self.organisation) if self.organisation else "platform administrators"


class IdentityProvider(models.Model):
    """An OpenID Connect provider by which an organisation's people sign in.

    The client's secret is the organisation's secret ``sso``, in the key-value store.

    Attributes:
        issuer: URL under which ``/.well-known/openid-configuration`` lies.
        login_claim: claim whose value, in our letters, is the part of the login after the slash.
        groups_claim: claim that lists the groups, a list of texts; empty to leave groups alone.
        makes_users: somebody who signs in for the first time becomes a user of the organisation.
        takes_over_users: somebody whose login is that of a user with a password becomes that user.
            Only where people cannot choose `login_claim` themselves.
    """

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="identity_provider"
    )
    title = models.CharField(max_length=63, help_text="What the button says, such as Acme login.")
    issuer = models.CharField(
        max_length=255, validators=[URLValidator(schemes=["https", "http"])],
        help_text="Such as https://login.example.com/realms/acme.",
    )  # fmt: skip
    client_id = models.CharField(max_length=255)
    login_claim = models.CharField(max_length=63, default="preferred_username")
    groups_claim = models.CharField(max_length=63, default="groups", blank=True)
    makes_users = models.BooleanField(default=True)
    takes_over_users = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = VisibleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"single sign-on of {self.organisation}"


class SsoGroupMapping(models.Model):
    """A group of the provider's, and the group of Vamp's whose members its members become."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="sso_groups", editable=False
    )
    claim_value = models.CharField(max_length=CLAIM_LENGTH)
    group_name = models.CharField(max_length=63)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["claim_value", "group_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "claim_value", "group_name"], name="sso_group_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim_value} → {self.group_name}"
