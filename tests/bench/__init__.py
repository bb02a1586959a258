"""`make bench`: what Vamp's speed is on this machine, beside what the machine itself can do.

Each bench returns a `Measurement`; nothing in here asserts a time. `docs/bench.md` says what is
measured, what each floor is, and why that is a fair one.
"""
