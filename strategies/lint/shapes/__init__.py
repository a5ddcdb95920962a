"""What may stand where in the objects of Argo Rollouts, after its custom resource definitions (argoproj.io/v1alpha1)."""
