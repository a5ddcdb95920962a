"""Judging a version by what it measures: templates, conditions, measurements and the verdict they add up to."""
