"""Release policies as people write them: read strictly, checked whole, turned into plans."""
