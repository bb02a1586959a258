"""The real servers on this machine: built or installed once, started, furnished, stopped.

`python -m deploy.stack up` does what `make stack` promises. Nothing here is part of the product:
it imports none of it, and the product knows the stack by environment variables only.
"""
