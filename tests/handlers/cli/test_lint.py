"""`leadsman lint`: files by Argo's rules, each finding with its line, and exit codes that a pipeline can trust."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handlers.cli import app
from handlers.cli.exits import Exit
from tests.handlers.cli.conftest import Shell

GOOD = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: checkout}
spec:
  replicas: 10
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec: {containers: [{name: web, image: "ghcr.io/acme/checkout:v1"}]}
  strategy:
    canary:
      steps:
        - setWeight: 20
        - pause: {}
"""
CROWDED = GOOD.replace("        - pause: {}\n", "        - setWeight: 50\n          pause: {}\n")
TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate}
spec:
  metrics:
    - name: success-rate
      successCondition: result[0] >= 0.95
      provider:
        prometheus: {query: sum(ok) / sum(all)}
"""


def test_a_file_that_argo_takes_is_said_to_be_well(shell: Shell) -> None:
    shell.write("rollout.yaml", GOOD)
    ended = shell("lint", "rollout.yaml")
    assert (ended.code, ended.out) == (Exit.DONE, "Nothing is wrong.\n")


def test_a_mistake_is_told_with_its_line_and_the_way_to_mend_it(shell: Shell) -> None:
    shell.write("rollout.yaml", "# of the guide\n---\n" + CROWDED)
    ended = shell("lint", "rollout.yaml")
    assert ended.code == Exit.FAILED
    assert ended.out.splitlines() == [
        "rollout.yaml:16: error: spec.strategy.canary.steps[1]: Step must have one of the following set:"
        " experiment, setWeight, setCanaryScale, plugin or pause",
        "    fix   Write each as a step of its own, in this order:",
        "          - setWeight: 50",
        "          - pause: {}",
        "1 error",
    ]


def test_warnings_alone_leave_the_exit_code_at_0(shell: Shell) -> None:
    shell.write("template.yaml", TEMPLATE)
    ended = shell("lint", "template.yaml")
    assert ended.code == Exit.DONE
    assert ended.out.startswith("template.yaml:6: warning: spec.metrics[0]: it has no unit")
    assert ended.out.splitlines()[-1] == "1 warning"


def test_a_folder_is_looked_through_and_its_files_are_looked_at_together(shell: Shell) -> None:
    (shell.folder / "manifests").mkdir()
    analysis = "        - analysis: {templates: [{templateName: success-rate}]}\n"
    shell.write("manifests/a.yaml", GOOD + analysis)
    shell.write("manifests/b.yml", TEMPLATE.replace("  metrics:", "  args: [{name: service}]\n  metrics:"))
    shell.write("manifests/notes.txt", "kind: [")
    shell.write("manifests/.hidden.yaml", "kind: [")
    shell.write("manifests/c.json", json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment"}))
    ended = shell("lint", "manifests", "manifests/a.yaml")
    assert ended.code == Exit.FAILED
    lines = [line for line in ended.out.splitlines() if line.startswith("manifests/")]
    assert [line.split(": ")[0] for line in lines] == [
        "manifests/a.yaml:15",
        "manifests/b.yml:7",
        "manifests/c.json:1",
        "manifests/c.json:1",
    ]
    assert "args.service was not resolved" in lines[0]
    assert ended.out.splitlines()[-1] == "3 errors, 1 warning"


def test_standard_input_is_read_for_a_dash(shell: Shell) -> None:
    found = CliRunner().invoke(app, ["lint", "-"], input=CROWDED)
    assert found.exit_code == Exit.FAILED
    assert found.stdout.startswith("stdin:14: error: spec.strategy.canary.steps[1]: ")


def test_json_has_every_finding_with_file_line_and_place(shell: Shell) -> None:
    shell.write("rollout.yaml", GOOD.replace("steps:", "stepz:"))
    ended = shell("lint", "--json", "rollout.yaml")
    assert (ended.code, ended.json["exit"]) == (Exit.FAILED, Exit.FAILED)
    assert ended.json["findings"] == [
        {
            "severity": "error",
            "file": "rollout.yaml",
            "line": 12,
            "place": "spec.strategy.canary.stepz",
            "sentence": "unknown field 'stepz'",
            "fix": "Did you mean steps?",
        }
    ]


def test_json_of_a_file_that_is_well_has_no_findings(shell: Shell) -> None:
    shell.write("rollout.yaml", GOOD)
    assert shell("lint", "--json", "rollout.yaml").json == {"findings": [], "exit": 0}


def test_yaml_that_cannot_be_read_is_told_with_its_line_and_the_other_files_are_looked_at(shell: Shell) -> None:
    shell.write("broken.yaml", "kind: Rollout\nspec: [\n")
    shell.write("rollout.yaml", CROWDED)
    ended = shell("lint", "rollout.yaml", "broken.yaml")
    assert ended.code == Exit.USAGE
    assert ended.out.splitlines()[0].startswith("broken.yaml:3: error: this is not valid YAML")
    assert "rollout.yaml:14: error: spec.strategy.canary.steps[1]" in ended.out
    assert ended.out.splitlines()[-1] == "2 errors"


def test_a_key_that_stands_twice_is_unreadable_too(shell: Shell) -> None:
    shell.write("rollout.yaml", GOOD + "metadata: {name: other}\n")
    ended = shell("lint", "rollout.yaml")
    assert ended.code == Exit.USAGE
    assert "rollout.yaml:15: error: 'metadata' stands twice, first at rollout.yaml:3" in ended.out


def test_a_template_of_a_chart_is_told_how_to_render_it(shell: Shell) -> None:
    folder = Path("chart/templates")
    (shell.folder / folder).mkdir(parents=True)
    shell.write(str(folder / "rollout.yaml"), "spec:\n  {{- if .Values.canary }}\n  replicas: 1\n")
    ended = shell("lint", "chart")
    assert ended.code == Exit.USAGE
    assert "helm template CHART | leadsman lint -" in ended.out


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nosuch.yaml", None, "There is no file or folder “nosuch.yaml”: correct the path."),
        ("service.yaml", "apiVersion: v1\nkind: Service\n", "There is no Rollout, "),
        (
            "empty.yaml",
            "",
            "There is no Rollout, AnalysisTemplate, ClusterAnalysisTemplate or Experiment in empty.yaml.",
        ),
    ],
)
def test_where_there_is_nothing_to_look_at_that_is_said_instead_of_praise(
    shell: Shell, name: str, text: str | None, said: str
) -> None:
    if text is not None:
        shell.write(name, text)
    ended = shell("lint", name)
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert said in ended.err


def test_it_needs_no_configuration_and_no_cluster_and_a_file_to_look_at(shell: Shell) -> None:
    ended = shell("lint")
    assert ended.code == Exit.USAGE
    assert "FILE…" in ended.err


def test_yes_and_no_without_quotes_are_truth_values_as_kubectl_reads_them(shell: Shell) -> None:
    blue_green = GOOD[: GOOD.index("    canary:")] + "    blueGreen: {activeService: a, autoPromotionEnabled: no}\n"
    shell.write("rollout.yaml", blue_green)
    assert shell("lint", "rollout.yaml").out == "Nothing is wrong.\n"
    shell.write(
        "rollout.yaml", GOOD.replace("labels: {app: checkout}", "labels: {app: checkout, beta: on, old: 'off'}")
    )
    ended = shell("lint", "rollout.yaml")
    assert ended.code == Exit.FAILED
    assert "rollout.yaml:8: error: spec.template.metadata.labels.beta: text must stand here, not 'True'" in ended.out
    assert ended.out.splitlines()[-1] == "1 error"
