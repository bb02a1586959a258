"""The Vamp Gateway Agent, ``vga``: keeps one HAProxy at the published configuration.

Needs the key-value store, HAProxy and, for reports, the agent API; imports neither Django nor SQL.
"""
