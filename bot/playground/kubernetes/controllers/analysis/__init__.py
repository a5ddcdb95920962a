"""The controller of AnalysisRuns: takes measurements when they are due and judges them, as Argo Rollouts 1.9 does."""
