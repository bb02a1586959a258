"""Rows that transactions lock, to go one after another."""

from __future__ import annotations

from django.db import models

from vamp.databases import ExplicitDatabase


class NamedLock(ExplicitDatabase):
    """Something that one transaction at a time may hold. See `vamp.locks` for how."""

    name = models.CharField(max_length=191, primary_key=True)

    class Meta:
        verbose_name = "lock"

    def __str__(self) -> str:
        return self.name
