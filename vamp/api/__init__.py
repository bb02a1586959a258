"""What every API shares: problem documents, pages, parsers, preconditions."""
