"""``vamp`` and ``forklift``: the command lines, clients of the API and of nothing else.

They speak to an installation over HTTP, so they import neither Django nor Celery nor a driver, and
of the core only the error vocabulary and the strict reader of documents. Nothing imports them.

What both share lies here: contexts, the client, kinds, output, faults, documents. Commands of
``vamp`` are in `vamp.cli.commands`, those of ``forklift`` in `vamp.cli.forklift`. Importing a
command must stay cheap: requests, rich, YAML and the reader of documents are imported by the
functions that need them (``cli.start`` in the bench).
"""
