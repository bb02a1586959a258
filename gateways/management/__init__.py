"""Command line of this app, and what it takes to run an installation on one machine."""
