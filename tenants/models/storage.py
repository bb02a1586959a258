"""Stores of tenants' own: their databases, and the moves of environments from store to store."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models

from tenants.models.environment import Environment
from tenants.models.organisation import Organisation
from tenants.names import validate_label

if TYPE_CHECKING:
    from datetime import datetime


class DatabaseState(models.TextChoices):
    """How far a dedicated database is."""

    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"


class DedicatedDatabase(models.Model):
    """A SQL database of an organisation's own, known to every process while it runs.

    Its password lies in the key-value store, under `secret_name` of the organisation.

    Attributes:
        alias: unique in the installation; environments and events name it.
        url: connection URL without a password.
        state: environments may lie in one that is ready, and in no other.
        step: what its preparation does or did last; done and total: how far that is.
        error: why it failed, or what it waits for; empty while all is well.
        tried_at: when its preparation was begun last.
    """

    alias = models.CharField(
        max_length=63, unique=True, validators=[validate_label], help_text="DNS label, fixed."
    )
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="databases")
    url = models.CharField(max_length=255)
    state = models.CharField(
        max_length=15, choices=DatabaseState.choices, default=DatabaseState.PREPARING
    )
    step = models.CharField(max_length=127, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    tried_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["alias"]
        verbose_name = "dedicated database"

    def __str__(self) -> str:
        return self.alias

    @property
    def secret_name(self) -> str:
        """Under which name its password lies with the organisation's secrets."""
        return f"database/{self.alias}"


class NumberRange(models.Model):
    """A range of 2³² row numbers that one database gives out; its own number is the range's.

    Databases number their rows from ranges of their own, so that rows keep their numbers when an
    environment moves, and meet no others of the same number.
    """

    given_to = models.CharField(max_length=63, help_text="Alias of the database.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.pk} of {self.given_to}"


class StoreKind(models.TextChoices):
    """Which of an environment's stores."""

    DATABASE = "database", "SQL database"
    KV = "kv", "key-value store"
    METRICS = "metrics", "metrics store"
    EVENTS = "events", "event stream"


class MoveState(models.TextChoices):
    """How a move stands."""

    RUNNING = "running"
    FOLLOWING = "following", "in use, the old store is kept in step"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StorageMove(models.Model):
    """An environment's way from one store to another. Kept, as the record of what lay where when.

    Attributes:
        source: alias of the database, or URL of the store; empty for the one it has by its
            organisation or the installation.
        target: likewise.
        step: the step that is under way or failed; done and total: how far it is, in rows, keys or
            rollups.
        is_switched: the environment lies in the target; from then on there is no way back but
            another move.
        error: why it failed, or what it waits for; empty while all is well.
        active: names environment and kind while the move is under way, so that there is one.
        held_ms: for how long writes were held in the end.
        facts: what the steps need to go on after a crash, JSON.
    """

    ACTIVE: ClassVar[frozenset[str]] = frozenset({MoveState.RUNNING, MoveState.FOLLOWING})

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=15, choices=StoreKind.choices)
    source = models.CharField(max_length=255, blank=True)
    target = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=15, choices=MoveState.choices, default=MoveState.RUNNING)
    step = models.CharField(max_length=63, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    is_switched = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    active = models.CharField(max_length=127, null=True, unique=True, editable=False)  # noqa: DJ001
    actor = models.CharField(max_length=191)
    held_ms = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict)
    started_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "move of a store"
        verbose_name_plural = "moves of stores"

    def __str__(self) -> str:
        return f"{self.kind} of {self.environment}"

    @property
    def is_active(self) -> bool:
        """It is under way, or the old store is still kept in step."""
        return self.state in self.ACTIVE

    def end(self, state: MoveState, at: datetime, error: str = "") -> None:
        """Bring the row to its end, without saving it."""
        self.state, self.error, self.finished_at, self.active = state, error, at, None
