"""Drivers: one package a port, one module an outside system. Only `vamp.wiring` opens them."""
