"""Gateways: who gets which share of the traffic, and how HAProxy is told.

Owns discovered services, gateways, routes, weights, conditions, agents, and the `vga` agent
itself. Emits ``vamp.<organisation>.<environment>.gateways.*``; hears its own changes and those of
the scheduler. `policies` may import it; it imports `tenants` and `vamp`.

`domain`, `documents`, `haproxy` and `agent` import no Django: the agent and `manage.py render`
run without a database.
"""
