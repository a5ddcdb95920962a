"""The controller of Experiments: runs ReplicaSets beside each other for a while, with analyses, as Argo Rollouts 1.9 does."""
