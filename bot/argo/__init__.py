"""Argo Rollouts in the cluster: its objects watched and read, its verbs sent, its state checked before a start, its moves noticed."""
