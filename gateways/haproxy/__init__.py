"""HAProxy's configuration: from documents to parts, from parts to files. Pure."""
