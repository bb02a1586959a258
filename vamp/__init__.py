"""The core of Vamp: what every app stands on, and the composition root above them.

Owns connection URLs, error vocabulary, ports and their drivers, the outbox, the audit trail,
leases, and the choice of database. Every app may import it; it imports no app. Importing this
package imports neither Django nor a client library, so that the gateway agent can use its
pure parts.
"""
