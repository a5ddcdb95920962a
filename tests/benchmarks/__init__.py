"""The benchmarks' own arithmetic, and those of their figures that are counts, which no busy machine can blur."""

from benchmarks.figure import Scale

SHORTEST = Scale(rollouts=5, crowd=5, seconds=1.0)
