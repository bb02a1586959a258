"""Command line of the core: its processes."""
