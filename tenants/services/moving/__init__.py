"""The steps by which an environment moves from store to store: a module for each kind of store."""
