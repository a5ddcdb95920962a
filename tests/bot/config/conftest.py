"""A configuration folder on disk that a test can edit."""

import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.config import Config, ConfigProblem, load_config

GOOD = """\
slack: {channel: "#deploys"}
clusters:
  prod-eu: {context: prod-eu, prometheus: http://prometheus.monitoring:9090}
  lab: {context: lab}
roles:
  deployer: ["@backend", "ann@acme.example"]
  approver: ["@sre", "U02QUARTER"]
strategies:
  careful:
    canary:
      steps:
        - setWeight: 10
        - pause: {duration: 5m}
        - analysis: {templates: [{templateName: success-rate}], args: [{name: service, value: checkout}]}
        - gate: {approvals: 2, from: [approver], deadline: 4h, onDeadline: abort}
        - setWeight: 50
  quick:
    canary: {steps: [{setWeight: 50}, {pause: {}}]}
apps:
  checkout:
    image: ghcr.io/acme/checkout
    environments:
      prod:
        cluster: prod-eu
        namespace: shop
        workload: {deployment: checkout, container: web}
        traffic: {nginx: {ingress: checkout, stableService: checkout, canaryService: checkout-canary}}
        strategy: careful
      dev:
        cluster: lab
        namespace: shop
        workload: {deployment: checkout, container: web}
        strategy: quick
        ownApproval: true
        channel: "#dev"
  billing:
    image: ghcr.io/acme/billing
    slack: {channel: "#billing"}
    environments:
      prod:
        cluster: prod-eu
        namespace: shop
        workload: {deployment: billing, container: web}
        strategy: quick
analysisTemplates: ./analysis/*.yaml
"""

SUCCESS_RATE = """\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
  annotations: {leadsman.dev/units: success-rate=ratio}
spec:
  args: [{name: service}]
  metrics:
    - name: success-rate
      successCondition: result[0] >= 0.95
      provider:
        prometheus:
          query: |
            sum(rate(http_requests_total{app="{{args.service}}",status!~"5.."}[2m]))
            / sum(rate(http_requests_total{app="{{args.service}}"}[2m]))
"""


@dataclass
class Folder:
    """The files of one configuration."""

    root: Path

    @property
    def file(self) -> Path:
        return self.root / "leadsman.yaml"

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def edit(self, old: str, new: str, name: str = "leadsman.yaml") -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def good(self) -> Config:
        found = load_config(self.file)
        assert isinstance(found, Config), "\n".join(map(str, found))
        return found

    def bad(self) -> tuple[ConfigProblem, ...]:
        found = load_config(self.file)
        assert isinstance(found, tuple)
        return found

    def said(self) -> list[str]:
        """The problems as people read them, without the folder's path."""
        return [str(problem).replace(f"{self.root}/", "") for problem in self.bad()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.write("leadsman.yaml", GOOD)
    made.write("analysis/success-rate.yaml", SUCCESS_RATE)
    return made
