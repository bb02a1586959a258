"""Ports: what Vamp needs from each outside system, as small protocols with their value types.

Pure: no Django, no client library, no clock. Drivers are in `vamp.drivers`; `vamp.wiring` turns
a URL into one. Every driver of a port passes the same contract suite in `tests/contracts`.
"""
