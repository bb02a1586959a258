"""Django's session engine on our rows: keys are kept as digests, and rows say whose they are."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from tenants.models.session import BROWSER_LENGTH, UserSession

SEEN_STEP = timedelta(minutes=1)
"""The last use of a session is noted at most this often, so that reads stay reads."""

ORIGIN = "vamp-origin"
"""Where a session was signed in from and when: what the row shows, kept with the session itself."""


def digest_of(key: str) -> str:
    """Return what the row holds of a session's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def origin(address: str, browser: str, now: datetime) -> dict[str, str]:
    """Return what a session keeps under `ORIGIN` of its sign-in."""
    return {
        "address": address,
        "browser": browser[:BROWSER_LENGTH],
        "since": now.isoformat(),
    }


class SessionStore(db.SessionStore):
    """Sessions in `UserSession`; to delete a row is to end its session at the next request."""

    @classmethod
    def get_model_class(cls) -> Any:
        """Return our model."""
        return UserSession

    def load(self) -> dict[str, Any]:
        """Return the session's content, and note now and then that it is used."""
        row = self._row()
        if row is None:
            self._session_key = None
            return {}
        now = timezone.now()
        if now - row.seen_at > SEEN_STEP:
            UserSession.objects.filter(pk=row.pk).update(seen_at=now)
        return dict(self.decode(row.session_data))

    async def aload(self) -> dict[str, Any]:
        """See `load`."""
        from asgiref.sync import sync_to_async

        return await sync_to_async(self.load)()

    def exists(self, session_key: str | None) -> bool:
        """Tell whether there is a session of that key."""
        return bool(session_key) and super().exists(digest_of(str(session_key)))

    async def aexists(self, session_key: str | None) -> bool:
        """See `exists`."""
        return bool(session_key) and await super().aexists(digest_of(str(session_key)))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row for `data`."""
        return self._described(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        """See `create_model_instance`."""
        return self._described(await super().acreate_model_instance(data), data)

    def delete(self, session_key: str | None = None) -> None:
        """End the session of that key, else this one."""
        key = session_key or self.session_key
        if key:
            UserSession.objects.filter(pk=digest_of(key)).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        """See `delete`."""
        key = session_key or self.session_key
        if key:
            await UserSession.objects.filter(pk=digest_of(key)).adelete()

    def _row(self) -> UserSession | None:
        rows = UserSession.objects.filter(expire_date__gt=timezone.now())
        return rows.filter(pk=digest_of(str(self.session_key))).first()

    @staticmethod
    def _described(row: Any, data: dict[str, Any]) -> Any:
        told = data.get(ORIGIN, {})
        row.session_key = digest_of(row.session_key)
        row.user_id = data.get(SESSION_KEY)
        row.address = told.get("address", "")
        row.browser = told.get("browser", "")
        if "since" in told:
            row.since = datetime.fromisoformat(told["since"])
        return row
