"""Drivers of `vamp.ports.scheduler`."""
