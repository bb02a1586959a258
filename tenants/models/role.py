"""Roles of an organisation's own, groups of its users, and bindings that give roles to them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models.environment import Environment
from tenants.models.organisation import Organisation
from tenants.models.token import ApiToken
from tenants.models.user import User
from tenants.names import validate_label


class Role(models.Model):
    """A named set of rights, beside those that every organisation has.

    Attributes:
        rights: patterns such as ``gateway.*``; see `tenants.domain.rights`.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="roles")
    name = models.CharField(
        max_length=63, validators=[validate_label], help_text="Fixed once created."
    )
    title = models.CharField(max_length=127, blank=True)
    rights = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="role_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    """Users of an organisation who are given roles together."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="groups")
    name = models.CharField(
        max_length=63, validators=[validate_label], help_text="Fixed once created."
    )
    title = models.CharField(max_length=127, blank=True)
    members = models.ManyToManyField(User, related_name="member_of", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="group_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class RoleBinding(models.Model):
    """Gives a role to a user, a group or a token, somewhere, perhaps for a time or up to a limit.

    Attributes:
        role: one of the organisation's own; None where it is one that Vamp brings along.
        builtin: name of that one; empty otherwise.
        environment: where; None for the organisation with all its environments.
        selector: only objects with such labels; see `tenants.domain.label_selector`.
        object_kind, object_name: only that object.
        max_weight: most that a version's weight may be raised to, in hundredths of a percent.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="bindings")
    role = models.ForeignKey(Role, models.CASCADE, null=True, blank=True, related_name="bindings")
    builtin = models.CharField(max_length=63, blank=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="bindings")
    group = models.ForeignKey(Group, models.CASCADE, null=True, blank=True, related_name="bindings")
    token = models.ForeignKey(
        ApiToken, models.CASCADE, null=True, blank=True, related_name="bindings"
    )
    environment = models.ForeignKey(
        Environment, models.CASCADE, null=True, blank=True, related_name="bindings"
    )
    selector = models.CharField(max_length=1000, blank=True)
    object_kind = models.CharField(max_length=15, blank=True)
    object_name = models.CharField(max_length=63, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    max_weight = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=191)

    class Meta:
        ordering = ["pk"]
        verbose_name = "role binding"
        constraints = [
            models.CheckConstraint(
                condition=Q(role__isnull=False, builtin="") | Q(role__isnull=True) & ~Q(builtin=""),
                name="binding_has_one_role",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, group__isnull=True, token__isnull=True)
                | Q(user__isnull=True, group__isnull=False, token__isnull=True)
                | Q(user__isnull=True, group__isnull=True, token__isnull=False),
                name="binding_has_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(max_weight__isnull=True) | Q(max_weight__lte=10_000),
                name="binding_weight_valid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role_name} to {self.subject}"

    @property
    def role_name(self) -> str:
        """Name of the role that it gives."""
        return self.role.name if self.role else self.builtin

    @property
    def subject(self) -> str:
        """Whom it gives it to, in words: ``user acme/ana``, ``group sre``, ``token ci``."""
        if self.user:
            return f"user {self.user.login}"
        return (
            f"group {self.group.name}"
            if self.group
            else f"token {self.token.name if self.token else '–'}"
        )
