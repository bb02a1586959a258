"""Drivers of `vamp.ports.kv`."""
