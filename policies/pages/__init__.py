"""Screens of releases and policies, and the overview."""
