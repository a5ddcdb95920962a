"""One adapter for each outside world."""
