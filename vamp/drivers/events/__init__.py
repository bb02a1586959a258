"""Drivers of `vamp.ports.events`."""
