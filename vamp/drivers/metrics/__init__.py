"""Drivers of `vamp.ports.metrics`."""
