"""The controller of Argo Rollouts: canary (without a router and with nginx) and blue/green, as release 1.9 does it.

It keeps that release's habits, the dangerous ones too: a status is compared with the Rollout as it was at the beginning of a step, so
that a second write can bring back what the first one changed; a retry within the scale-down delay skips the gate; an inconclusive
background run eats a pause. Whoever drives a Rollout must live with them.
"""
