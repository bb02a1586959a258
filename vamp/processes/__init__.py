"""Vamp's processes: what each runs, how it says that it is ready, how it ends."""
