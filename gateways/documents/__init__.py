"""The documents that people write (``kind: Gateway`` and so on), parsed strictly. Pure."""
