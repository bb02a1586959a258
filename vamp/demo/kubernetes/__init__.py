"""A node for demonstrations and tests: pods as processes of this machine. Not for production."""
