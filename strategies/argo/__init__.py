"""Argo Rollouts: a controller in the cluster walks the plan, Leadsman reads where it stands and gives it its verbs.

`objects` are what is watched, `sight` makes an `ArgoSeen` of them, `verbs` turns a verb into guarded JSON patches, `drive`
decides, `tree` prints them as `kubectl argo rollouts get rollout` does.
"""
