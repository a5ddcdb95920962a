"""A configuration is read as a whole, and every mistake is told with its line and how to mend it."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Config, Environment, load_config
from bot.config.config import ARGO
from strategies.argo.driver import Argo, Start
from strategies.model import WorkloadKind
from strategies.steps import Gate, Silence
from tests.bot.config.conftest import GOOD, Folder


def test_a_good_configuration_loads(folder: Folder) -> None:
    config = folder.good()
    assert list(config.apps) == ["checkout", "billing"]
    assert set(config.plans) == {"careful", "quick"}
    assert set(config.templates) == {"success-rate"}


def test_every_mistake_of_shape_is_told_at_once_with_its_line(folder: Folder) -> None:
    folder.edit('channel: "#deploys"', "channel: deploys, comands: {}")
    folder.edit("image: ghcr.io/acme/checkout", "image: ghcr.io/acme/checkout:v1")
    folder.edit("ownApproval: true", 'ownApproval: "yes"')
    folder.edit("image: ghcr.io/acme/billing\n", "imagee: ghcr.io/acme/billing\n")
    assert folder.said() == [
        "leadsman.yaml:1: slack.channel: 'deploys' is not a channel. "
        'Write a channel such as "#deploys" (in quotes) or C0123456789.',
        "leadsman.yaml:1: slack.comands: the key 'comands' is not known. Did you mean commands?",
        "leadsman.yaml:21: apps.checkout.image: 'ghcr.io/acme/checkout:v1' is not an image without tag or digest. "
        "Write the image without a tag, such as ghcr.io/acme/checkout.",
        "leadsman.yaml:34: apps.checkout.environments.dev.ownApproval: true or false must stand here. "
        "Write true if people may approve what they started.",
        "leadsman.yaml:36: apps.billing.image: image is missing. "
        "Write the image without a tag, such as ghcr.io/acme/checkout.",
        "leadsman.yaml:37: apps.billing.imagee: the key 'imagee' is not known. Did you mean image?",
    ]


def test_every_name_that_points_nowhere_is_told_at_once_with_the_nearest_one(folder: Folder) -> None:
    folder.edit("cluster: lab", "cluster: labs")
    folder.edit("strategy: careful", "strategy: carefull")
    folder.edit("from: [approver]", "from: [aprover]")
    assert folder.said() == [
        "leadsman.yaml:15: strategies.careful.canary.steps[3].gate: there is no role 'aprover'. Did you mean approver?",
        "leadsman.yaml:28: apps.checkout.environments.prod.strategy: there is no strategy 'carefull'. "
        "Did you mean careful?",
        "leadsman.yaml:30: apps.checkout.environments.dev.cluster: there is no cluster 'labs'. Did you mean lab?",
    ]


def test_a_template_that_the_configuration_does_not_have_may_lie_in_the_cluster(folder: Folder) -> None:
    folder.edit("{templateName: success-rate}", "{templateName: latency, clusterScope: true}")
    [analysis] = folder.good().plans["careful"].analyses
    assert (analysis.templates, analysis.cluster) == (("latency",), ("latency",))


ROLLOUT = """\
        workload: {rollout: billing, container: web}
        gate: {approvals: 2, from: [approver], deadline: 30m, onDeadline: hold}
"""


def test_a_rollout_of_argos_needs_no_strategy_and_says_what_its_pauses_ask(folder: Folder) -> None:
    folder.edit("        workload: {deployment: billing, container: web}\n        strategy: quick\n", ROLLOUT)
    config = folder.good()
    place = config.environment("billing", "prod")
    assert isinstance(place, Environment)
    assert (place.target.workload, place.target.kind, place.strategy) == ("billing", WorkloadKind.ROLLOUT, ARGO)
    gate = Gate(2, ("approver",), timedelta(minutes=30), Silence.HOLD)
    assert config.driver_for("billing", "prod") == Argo(Start.DEPLOY, gate)


def test_a_configuration_of_rollouts_alone_needs_no_strategies(tmp_path: Path) -> None:
    text = f"""\
slack: {{channel: "#deploys"}}
clusters: {{main: {{}}}}
roles: {{deployer: ["*"], approver: ["*"]}}
apps:
  billing:
    image: acme/billing
    environments:
      prod:
        cluster: main
        namespace: shop
{ROLLOUT}"""
    (tmp_path / "leadsman.yaml").write_text(text)
    assert isinstance(load_config(tmp_path / "leadsman.yaml"), Config)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("workload: {deployment: billing, container: web}\n        strategy: quick",
         "workload: {rollout: billing, container: web}\n        strategy: quick",
         "leadsman.yaml:44: apps.billing.environments.prod.strategy: a Rollout has its own strategy. Leave strategy out; "
         "what the Rollout's pauses ask of people stands under gate."),
        ("workload: {deployment: checkout, container: web}\n        traffic",
         "workload: {rollout: checkout, container: web}\n        traffic",
         "leadsman.yaml:27: apps.checkout.environments.prod.traffic: a Rollout divides its traffic itself "
         "(spec.strategy.canary.trafficRouting). Leave traffic out."),
        ("{deployment: billing, container", "{deployment: billing, rollout: billing, container",
         "leadsman.yaml:43: apps.billing.environments.prod.workload: it names a Deployment and a Rollout, and only one "
         "of the two can be rolled out. Write workload: {deployment: NAME, container: NAME}, or {rollout: NAME, "
         "container: NAME} for Argo Rollouts."),
        ("{deployment: billing, container", "{container",
         "leadsman.yaml:43: apps.billing.environments.prod.workload: it names neither a Deployment nor a Rollout. "
         "Write workload: {deployment: NAME, container: NAME}, or {rollout: NAME, container: NAME} for Argo Rollouts."),
        ("{deployment: billing, container", "{deployment: billing, workloadRef: source, container",
         "leadsman.yaml:43: apps.billing.environments.prod.workload: workloadRef belongs to a Rollout, and it names none. "
         "Write workload: {deployment: NAME, container: NAME}, or {rollout: NAME, container: NAME} for Argo Rollouts."),
        ("        strategy: quick\nanalysisTemplates", "analysisTemplates",
         "leadsman.yaml:40: apps.billing.environments.prod.strategy: strategy is missing. Write the name of one of the "
         "strategies: careful, quick."),
        ("        strategy: quick\nanalysisTemplates", "        strategy: quick\n        gate: {}\nanalysisTemplates",
         "leadsman.yaml:45: apps.billing.environments.prod.gate: the gates of a Deployment are steps of its strategy. "
         "Write it there, where people should be asked: - gate: {approvals: 1, from: [approver]}."),
        ("workload: {deployment: billing, container: web}\n        strategy: quick",
         "workload: {rollout: billing, container: web}\n        gate: {approvals: 30, from: [aprover]}",
         "leadsman.yaml:44: apps.billing.environments.prod.gate.approvals: a gate cannot ask for 30 approvals. "
         "Write a number from 1 to 20."),
        ("workload: {deployment: billing, container: web}\n        strategy: quick",
         "workload: {rollout: billing, container: web}\n        gate: {from: [aprover]}",
         "leadsman.yaml:44: apps.billing.environments.prod.gate: there is no role 'aprover'. Did you mean approver?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_rollout_is_told_with_its_mend(folder: Folder, old: str, new: str, sentence: str) -> None:
    folder.edit(old, new)
    assert sentence in folder.said()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("    environments:\n      prod:\n        cluster: prod-eu\n        namespace: shop\n        workload: "
         "{deployment: billing", "    environments:\n\t  prod:\n        workload: {deployment: billing",
         "leadsman.yaml:40: a tab stands where YAML wants spaces. Indent with spaces; most editors can convert tabs."),
        ("  billing:\n", "  checkout:\n",
         "leadsman.yaml:36: 'checkout' stands twice, first at leadsman.yaml:20. Rename one of the two, or delete it."),
        ("roles:", "queue: {depth: 3}\nroles:",
         "leadsman.yaml:5: queue: the key 'queue' is not known. Use one of: analysisTemplates, apps, card, clusters, "
         "instance, mode, roles, slack, strategies."),
        ("http://prometheus.monitoring", "http://ann:hunter2@prometheus.monitoring",
         "leadsman.yaml:3: clusters.prod-eu.prometheus: a password in the configuration can be read by many. "
         "Write its address without a password, such as http://prometheus.monitoring:9090."),
        ("deployment: billing", "deployment: checkout",
         "leadsman.yaml:43: apps.billing.environments.prod.workload.deployment: the Deployment 'checkout' belongs to "
         "checkout in prod already. Name another Deployment, or drop one of the two."),
        ("canaryService: checkout-canary", "canaryService: checkout",
         "leadsman.yaml:27: apps.checkout.environments.prod.traffic.nginx.canaryService: it is the stable Service too. "
         "Name a second Service that selects the canary's pods only."),
        (", prometheus: http://prometheus.monitoring:9090", "",
         "leadsman.yaml:24: apps.checkout.environments.prod.cluster: the strategy 'careful' measures, but 'prod-eu' "
         "has no Prometheus. Add prometheus: http://… to clusters.prod-eu."),
        ('["@sre", "U02QUARTER"]', '["U02QUARTER"]',
         "leadsman.yaml:15: strategies.careful.canary.steps[3].gate: it asks for 2 approvals, but approver has 1 in "
         "all. Name more people or a group, or ask for fewer approvals."),
        ('channel: "#deploys"', 'channel: "#deploys", commands: {deploy: /ship, abort: /ship}',
         "leadsman.yaml:1: slack.commands.abort: /ship is the command for deploy too. "
         "Give every command a name of its own."),
        ("args: [{name: service, value: checkout}]", "args: []",
         "leadsman.yaml:14: strategies.careful.canary.steps[2].analysis: args.service was not resolved. "
         "Give service a value under args."),
        ("- setWeight: 50\n  quick", "- {setWeight: 50, pause: {}}\n  quick",
         "leadsman.yaml:16: strategies.careful.canary.steps[4]: Step must have one of the following set: experiment, "
         "setWeight, setCanaryScale, plugin or pause. Write each as a step of its own, in this order:\n"
         "- setWeight: 50\n- pause: {}"),
        ("steps: [{setWeight: 50}, {pause: {}}]", "steps: [{setWeight: 50}, {setCanaryScale: {replicas: 2}}]",
         "leadsman.yaml:33: apps.checkout.environments.dev.strategy: the strategy 'quick' does not fit "
         "(steps[1].setCanaryScale): SetCanaryScale requires TrafficRouting to be set. "
         "Add traffic.nginx to the environment, or leave the step out."),
        ("- setWeight: 10\n", "- setWeight: 0\n",
         "leadsman.yaml:14: strategies.careful.canary.steps[2].analysis: it would run before there is a canary pod to "
         "measure. Put a setWeight above 0 before it."),
        ("./analysis/*.yaml", "./analyses/*.yaml",
         "leadsman.yaml:45: no file matches './analyses/*.yaml'. Correct the path; it counts from FOLDER."),
        ('["@backend", "ann@acme.example"]', '["backend"]',
         "leadsman.yaml:6: roles.deployer[0]: 'backend' is not a group, a user id or an e-mail address. "
         'Write who has which role, such as approver: ["@sre"].'),
        ("image: ghcr.io/acme/billing", "image: 5",
         "leadsman.yaml:37: apps.billing.image: 5 is a number here, not text. Put it in quotes."),
        ("namespace: shop\n        workload: {deployment: billing, container: web}",
         "namespace: shop\n        workload: {deployment: Billing_1, container: web}",
         "leadsman.yaml:43: apps.billing.environments.prod.workload.deployment: 'Billing_1' is not a Kubernetes name. "
         "Write the name of the Deployment."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_how_to_mend_it(folder: Folder, old: str, new: str, sentence: str) -> None:
    folder.edit(old, new)
    assert sentence.replace("FOLDER", str(folder.root)) in folder.said()


def test_a_query_that_is_no_promql_is_placed_in_the_template(folder: Folder) -> None:
    folder.edit("[2m]))\n            /", "))\n            /", "analysis/success-rate.yaml")
    assert folder.said() == [
        "analysis/success-rate.yaml:13: success-rate: metric success-rate: expected type matrix in call to function "
        "'rate', got vector. Correct the PromQL; Prometheus would refuse it."
    ]


def test_a_template_that_argo_would_refuse_is_placed_at_its_line(folder: Folder) -> None:
    folder.edit("result[0] >= 0.95", "result[0] >=", "analysis/success-rate.yaml")
    [sentence] = [line for line in folder.said() if line.startswith("analysis/")]
    assert sentence.startswith("analysis/success-rate.yaml:10: spec.metrics[0].successCondition: ")


def test_two_templates_of_one_name_are_refused(folder: Folder) -> None:
    folder.write("analysis/zz.yaml", (folder.root / "analysis/success-rate.yaml").read_text())
    assert folder.said() == [
        "analysis/zz.yaml:4: a template 'success-rate' is there already, at analysis/success-rate.yaml:4. "
        "Rename one of the two, or delete it."
    ]


def test_nobody_who_may_start_is_a_mistake(folder: Folder) -> None:
    folder.edit('deployer: ["@backend", "ann@acme.example"]', "reader: []")
    folder.edit('approver: ["@sre", "U02QUARTER"]', "lead: []")
    assert any("nobody may start a rollout" in line for line in folder.said())


def test_a_missing_file_is_told(folder: Folder) -> None:
    folder.file.unlink()
    assert folder.said() == [
        "leadsman.yaml:1: there is no such file. Write it, as leadsman help configuration shows, or correct LEADSMAN_CONFIG."
    ]


def test_a_folder_is_read_as_one_and_its_hidden_files_are_left_alone(folder: Folder) -> None:
    text = folder.file.read_text()
    head, apps = text.split("apps:\n")
    billing = apps.index("  billing:")
    end = apps.index("analysisTemplates")
    folder.write("leadsman.yaml", head + "apps:\n" + apps[:billing] + apps[end:])
    folder.write("billing.yaml", "apps:\n" + apps[billing:end])
    folder.write(".hidden.yaml", "\t")
    (folder.root / "..data").mkdir()
    config = load_config(folder.root)
    assert isinstance(config, Config)
    assert set(config.apps) == {"checkout", "billing"}
    folder.write("third.yaml", "instance: a\napps:\n  billing: {image: x/y}\n")
    folder.write("fourth.yaml", "instance: b\n")
    found = load_config(folder.root)
    assert isinstance(found, tuple)
    said = [str(problem).replace(f"{folder.root}/", "") for problem in found]
    assert "third.yaml:1: instance: 'instance' stands twice, first at fourth.yaml:1." in " ".join(said)
    assert "third.yaml:3: apps.billing: 'billing' stands twice, first at billing.yaml:2." in " ".join(said)


def test_a_folder_without_yaml_is_told(folder: Folder) -> None:
    found = load_config(folder.root / "analysis" / "..")
    assert isinstance(found, Config)
    (folder.root / "empty").mkdir()
    empty = load_config(folder.root / "empty")
    assert isinstance(empty, tuple)
    assert "the folder holds no .yaml file" in str(empty[0])


def test_a_whole_rollout_can_be_a_strategy(folder: Folder) -> None:
    folder.edit(
        "    canary: {steps: [{setWeight: 50}, {pause: {}}]}",
        "    kind: Rollout\n    spec: {strategy: {canary: {steps: [{setWeight: 50}, {analysis: {}}]}}}",
    )
    assert any(
        line.startswith("leadsman.yaml:19: strategies.quick.spec.strategy.canary.steps[1]") for line in folder.said()
    )


junk = st.sampled_from(
    ["", "x", "7", "-1", "1.5", "true", "null", "[]", "{}", "[1, {a: b}]", "{x: [y]}", "'\\e'", "&a [*a]", "*b", "!x y",
     "<!channel>", "é" * 300, "9" * 400, "{steps: [{setWeight: {}}]}", "{deployment: [], container: {}}", "{? [a] : b}"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_stands_behind_a_key_a_line_is_told_and_nothing_breaks(folder: Folder, data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        key, colon, _ = lines[at].partition(":")
        lines[at] = f"{key}{colon} {data.draw(junk)}"
    folder.write("leadsman.yaml", "\n".join(lines))
    found = load_config(folder.file)
    if isinstance(found, tuple):
        assert found
        assert all(problem.sentence and problem.fix and problem.mark.line >= 1 for problem in found)
        assert all(str(problem).isprintable() or "\n" in problem.fix for problem in found)


def test_the_version_follows_the_content_and_not_the_layout(folder: Folder) -> None:
    first = folder.good().version
    folder.edit("roles:", "# a comment\n\nroles:")
    assert folder.good().version == first
    folder.edit("setWeight: 10", "setWeight: 20")
    second = folder.good().version
    assert second != first
    folder.edit("0.95", "0.99", "analysis/success-rate.yaml")
    assert folder.good().version not in (first, second)


def test_a_path_longer_than_any_file_can_be_matches_none(folder: Folder) -> None:
    folder.edit("./analysis/*.yaml", "é" * 200)
    assert any("no file matches" in line for line in folder.said())
