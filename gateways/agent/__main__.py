"""``python -m gateways.agent`` is ``vga``."""

from __future__ import annotations

from gateways.agent.command import main

main()
