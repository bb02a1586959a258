"""How tables are made on MySQL: text is compared by its code points, as SQLite compares it."""

from __future__ import annotations

from django.db.backends.mysql.schema import DatabaseSchemaEditor as Django

COLLATION = "utf8mb4_bin"
"""``A`` and ``a`` are two names, two logins, two digests. Columns take it from their table."""


class DatabaseSchemaEditor(Django):
    """Makes each table say its engine and collation, whatever the database's own default is."""

    sql_create_table = (
        f"{Django.sql_create_table} ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE {COLLATION}"
    )
