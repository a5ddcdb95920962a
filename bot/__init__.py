"""Doing: the engine, its ports, one adapter for each outside world, the store and the settings."""
