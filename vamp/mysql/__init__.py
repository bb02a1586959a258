"""Django's database backend for MySQL and MariaDB, with what Vamp asks of it on top.

Connections come from a pool that all threads of the process share; every table compares its text
exactly; searches that ignore case still do. Chosen by ``mysql://`` in `vamp.database_url`.
"""
