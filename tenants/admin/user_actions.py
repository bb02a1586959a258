"""What administrators do to the people of a list: end sessions, reset factors, switch off and on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.scoped import by
from tenants.models import User
from tenants.services import passwords, second_factor, sessions
from tenants.services.delegation import refuse_power_over
from vamp.adminsite.asking import access
from vamp.errors import VampError


class UserActions:
    """Actions on the list of users, each for those who may; a base of its admin."""

    actions = ("end_sessions", "reset_factors", "switch_off", "switch_on")

    def has_administer_permission(self, request: HttpRequest) -> bool:
        """Tell who is offered these."""
        allowed: bool = access().may_in_organisation(request, "user.change")
        return allowed

    def has_end_sessions_permission(self, request: HttpRequest) -> bool:
        """Tell who is offered to sign people out; as the API asks."""
        allowed: bool = access().may_in_organisation(request, "session.delete")
        return allowed

    @admin.action(description="End all sessions", permissions=["end_sessions"])
    def end_sessions(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Sign the people out everywhere."""
        actor = request.user.get_username()
        _each(
            request, chosen, lambda user: sessions.end_sessions(user, actor=actor), "signed out",
            takes_power=False,
        )  # fmt: skip

    @admin.action(description="Reset second factors", permissions=["administer"])
    def reset_factors(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Take the second factors of people who lost them."""
        actor = request.user.get_username()
        _each(request, chosen, lambda user: second_factor.reset(user, actor=actor), "reset")

    @admin.action(description="Switch off", permissions=["administer"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let them sign in no more; their sessions and tokens end."""
        actor = request.user.get_username()
        change = lambda user: passwords.set_active(user, False, actor=actor)  # noqa: E731
        _each(request, chosen, change, "switched off")

    @admin.action(description="Switch on", permissions=["administer"])
    def switch_on(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let them sign in again."""
        actor = request.user.get_username()
        change = lambda user: passwords.set_active(user, True, actor=actor)  # noqa: E731
        _each(request, chosen, change, "switched on")


def _each(
    request: HttpRequest,
    chosen: QuerySet[User],
    change: Callable[[User], Any],
    done: str,
    *,
    takes_power: bool = True,
) -> None:
    count = 0
    for user in chosen.select_related("organisation"):
        try:
            if takes_power:
                refuse_power_over(by(request), user)
            change(user)
        except VampError as refusal:
            messages.error(request, f"{user.login}: {refusal.message}")
        else:
            count += 1
    messages.success(request, f"{count} {done}.")
