"""Deciding: what should happen to a rollout. Pure: no clock, no I/O, no ids made, no logging."""
