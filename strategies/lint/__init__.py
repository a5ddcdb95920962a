"""Rollouts, AnalysisTemplates, ClusterAnalysisTemplates and Experiments by Argo's rules, before Argo meets them.

What Argo refuses late, or in the middle of a rollout, or lets pass though it can never work, is told with its place and
its mend: of files by `lint`, of what lies in a cluster by `rollout`. The sentences are Argo's own where
it has one (`pkg/apis/rollouts/validation`, `utils/analysis`).
"""

from strategies.lint.documents import KINDS, concerns, lint, rollout
from strategies.lint.finding import Finding, Severity

__all__ = ["KINDS", "Finding", "Severity", "concerns", "lint", "rollout"]
