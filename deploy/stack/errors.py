"""What can go wrong with a server of the stack."""


class StackError(Exception):
    """A component cannot be had, started or furnished. Its text is for the person who asked."""


class NotReady(Exception):
    """A server does not answer as it should yet. Ask again in a moment."""
