"""What lists of every kind have: an empty state, columns, filters, one count."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from unfold.decorators import display
from unfold.views import ChangeList

__all__ = ["CountedOnce", "EmptyState", "display"]


@dataclass(frozen=True, slots=True)
class EmptyState:
    """What a list says while it has nothing to show.

    Attributes:
        title: what is missing; text: what to do next; command: the command that does it.
    """

    title: str
    text: str
    command: str = ""


class CountedOnce(ChangeList):
    """A list that, unfiltered, is counted once and not twice."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count
