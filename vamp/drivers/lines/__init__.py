"""Drivers of `vamp.ports.lines`."""
