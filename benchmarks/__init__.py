"""What Leadsman costs, each figure beside the bare thing it is made of: `python -m benchmarks`.

A machine's seconds say little about another machine, so nothing here fails on seconds. Each figure has a peer: the same work done
with the bare library, in the same run on the same machine, or a number that the design promises. The ratio between the two is what
is held to a limit.
"""
