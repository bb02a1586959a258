"""Documents that people write: read strictly, with every fault at its line and column."""
