"""Tenants: organisations, their environments, the people in them, and each one's connections.

Emits ``vamp.<organisation>.<environment or _>.tenants.*``. Every app above may import its models,
services, selectors and connections; it imports only `vamp`.
"""
