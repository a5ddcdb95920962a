"""Leadsman over HTTP: health, metrics and the API for scripts."""
