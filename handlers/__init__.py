"""Talking: every surface through which someone speaks to Leadsman, and what is said back."""
