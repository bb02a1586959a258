"""Drivers of `vamp.ports.clock`."""
