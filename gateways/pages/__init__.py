"""Screens of gateways, beside Django's change lists."""
