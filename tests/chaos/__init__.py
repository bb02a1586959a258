"""What becomes of traffic, releases and records while servers and processes end: ``make chaos``."""
