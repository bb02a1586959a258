"""The backend that ``ENGINE: vamp.mysql`` names."""

from __future__ import annotations

from typing import Any

from django.db.backends.mysql.base import DatabaseWrapper as Django

from vamp.mysql.pool import Pool, Pooled, close_quietly, pool_of
from vamp.mysql.schema import DatabaseSchemaEditor

_IGNORING_CASE = "COLLATE utf8mb4_general_ci"


class DatabaseWrapper(Django):
    """Django's wrapper of one thread's connection, which comes from the process's pool."""

    SchemaEditorClass = DatabaseSchemaEditor

    # Tables compare exactly, so the lookups that ignore case have to say so themselves.
    operators = {
        name: f"{operator} {_IGNORING_CASE}" if name.startswith("i") else operator
        for name, operator in Django.operators.items()
    }
    pattern_ops = {
        name: f"{pattern} {_IGNORING_CASE}" if name.startswith("i") else pattern
        for name, pattern in Django.pattern_ops.items()
    }

    _pooled: Pooled | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a connection from the pool."""
        self._pooled = self._pool(conn_params).take()
        # What was learnt of the server, once for each connection and not once for each thread.
        self.__dict__.update(self._pooled.learnt)
        return self._pooled.connection

    def init_connection_state(self) -> None:
        """Set the isolation level, on a connection that is new; one from the pool has it."""
        if self._pooled is not None and self._pooled.learnt:
            return
        super().init_connection_state()
        if self._pooled is not None:
            self._pooled.learnt["mysql_server_data"] = self.mysql_server_data

    def _close(self) -> None:
        pooled, self._pooled = self._pooled, None
        if pooled is None or pooled.connection is not self.connection:
            super()._close()  # type: ignore[misc]  # Django has it, its stubs do not
        elif self.in_atomic_block or self.errors_occurred or not self.autocommit:
            close_quietly(pooled.connection)  # nobody knows what it is in the middle of
        else:
            self._pool(self.get_connection_params()).give_back(pooled)

    def _pool(self, conn_params: dict[str, Any]) -> Pool:
        # All that makes one connection as good as another; one without TLS is not.
        place = "{HOST}:{PORT}/{NAME} {USER} {OPTIONS}".format(**self.settings_dict)
        return pool_of(place, lambda: super(DatabaseWrapper, self).get_new_connection(conn_params))
