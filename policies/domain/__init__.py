"""Releasing, as pure functions: what a policy says, what traffic shows, what happens next.

No Django, no clock, no network. `machine` decides; the rest gives it words to decide with.
"""
