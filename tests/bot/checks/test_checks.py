"""`leadsman check` looks at everything that a start depends on, and says where, why and what to do.

The cluster is the playground's with the shipped manifests applied, reached as the service account that they bind.
"""

import re
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from aiohttp import web

from bot.access import Home, Person
from bot.adapters.kubernetes import Kubernetes
from bot.checks import Finding, Group, Probes, check
from bot.clock import SystemClock
from bot.config import Config, Settings, load_config
from bot.errors import Unauthenticated, Unreachable
from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Cluster as Playground
from bot.rbac import rbac_documents
from bot.store.store import Store
from tests.bot.accounts import BUILT_IN, kubeconfig
from tests.manifests.documents import ROOT, read

SHIPPED = ["base/serviceaccount.yaml", "base/rbac.yaml", "example/deployment.yaml", "example/services.yaml"]
INGRESS = "example/ingress.yaml"


class Slack:
    """A workspace that knows the groups of the shipped configuration and granted one scope."""

    def __init__(self) -> None:
        self.scopes = frozenset({"chat:write", "commands"})
        self.groups = {"backend": frozenset({"U1"}), "sre": frozenset({"U2"})}
        self.error: Exception | None = None

    async def home(self) -> Home:
        if self.error:
            raise self.error
        return Home("T0ACME")

    async def person(self, user: str) -> Person | None:
        return Person(user, "ann") if user == "U02QUARTER" else None

    async def members(self, handles: frozenset[str]) -> Mapping[str, frozenset[str]]:
        return {handle: found for handle, found in self.groups.items() if handle in handles}

    async def granted(self) -> frozenset[str]:
        return self.scopes


class World:
    """Everything that is checked, all of it well to begin with."""

    def __init__(self, folder: Path, playground: Playground, url: str, prometheus: str) -> None:
        self.folder = folder
        self.playground = playground
        self.url = url
        self.slack = Slack()
        self.threads = ThreadPoolExecutor(2)
        self.environ = {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_APP_TOKEN": "xapp-1",
            "DATABASE_URL": f"sqlite:///{folder}/leadsman.db",
        }
        (folder / "config").mkdir()
        (folder / "analysis").mkdir()
        for path in (ROOT / "base" / "analysis").iterdir():
            (folder / "analysis" / path.name).write_text(path.read_text())
        text = (ROOT / "base" / "config" / "leadsman.yaml").read_text()
        self.config.write_text(text.replace("http://prometheus.monitoring:9090", prometheus))

    @property
    def config(self) -> Path:
        return self.folder / "config" / "leadsman.yaml"

    def line(self, text: str) -> str:
        """The number of the line of the configuration that holds `text`."""
        [number] = [at for at, line in enumerate(self.config.read_text().splitlines(), 1) if text in line]
        return str(number)

    async def apply(self, *names: str) -> None:
        for name in names:
            await self.playground.apply(*(document for document in read(name) if document["kind"] != "Namespace"))

    async def connect(self, name: str) -> Kubernetes:
        path = kubeconfig(self.playground, "leadsman", "leadsman", self.folder / "kubeconfig")
        return await Kubernetes.connect(name=name, context=None, kubeconfig=path, clock=SystemClock())

    async def findings(self, *, offline: bool = False) -> tuple[Finding, ...]:
        settings = Settings.from_environ(self.environ)
        probes = Probes(self.slack, ["chat:write", "commands"], self.connect, self.threads, SystemClock())
        return await check(settings, None if offline else probes, self.config)

    async def wrong(self) -> list[Finding]:
        return [finding for finding in await self.findings() if not finding.ok]


async def answer(request: web.Request) -> web.Response:
    """The one answer of a Prometheus to `vector(1)`."""
    sample = {"metric": {}, "value": [1_700_000_000, "1"]}
    return web.json_response({"status": "success", "data": {"resultType": "vector", "result": [sample]}})


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    playground = Playground(PlaygroundClock(60))
    url = await playground.start()
    app = web.Application()
    app.router.add_route("*", "/api/v1/query", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    made = World(tmp_path, playground, url, f"http://{host}:{port}")
    await playground.apply(*BUILT_IN)
    await made.apply(*SHIPPED, INGRESS)
    yield made
    made.threads.shutdown()
    await runner.cleanup()
    await playground.stop()


async def test_where_all_is_well_every_group_says_so(world: World) -> None:
    findings = await world.findings()
    assert [str(finding) for finding in findings if not finding.ok] == []
    assert {finding.group for finding in findings} == set(Group)


async def test_the_shipped_role_is_enough_and_each_missing_right_is_told(world: World) -> None:
    role = next(document for document in read("base/rbac.yaml") if document["kind"] == "Role")
    rules = [rule for rule in role["rules"] if rule["resources"] != ["ingresses"]]
    ingresses = {
        "apiGroups": ["networking.k8s.io"],
        "resources": ["ingresses"],
        "verbs": ["get", "list", "watch", "create"],
    }
    await world.playground.apply({**role, "rules": [*rules, ingresses]})
    [finding] = await world.wrong()
    assert finding.sentence == "main: may not patch ingresses in namespace shop"
    assert finding.fix == "leadsman rbac main, then kubectl apply its output."
    assert finding.place == f"{world.config}:{world.line('namespace: shop')}"


async def test_objects_that_are_not_there_are_told_with_the_line_that_names_them(world: World) -> None:
    text = world.config.read_text()
    text = text.replace("container: web", "container: wob").replace("ingress: checkout,", "ingress: shop,")
    world.config.write_text(text.replace("canaryService: checkout-canary", "canaryService: checkout-next"))
    assert [(finding.sentence, finding.place.rpartition(":")[2]) for finding in await world.wrong()] == [
        (
            "main: checkout in prod: there is no container wob; its Deployment has only web",
            world.line("container: wob"),
        ),
        ("main: checkout in prod: there is no Ingress shop/shop", world.line("ingress: shop")),
        ("main: checkout in prod: there is no Service shop/checkout-next", world.line("ingress: shop")),
    ]
    world.config.write_text(text.replace("deployment: checkout", "deployment: chekout"))
    assert "there is no Deployment shop/chekout" in (await world.wrong())[0].sentence


async def test_a_cluster_that_does_not_answer_is_told_and_the_rest_is_still_looked_at(world: World) -> None:
    await world.playground.stop()
    wrong = await world.wrong()
    assert [finding.group for finding in wrong] == [Group.CLUSTERS]
    assert wrong[0].sentence.startswith("main: ")
    assert any(finding.group is Group.METRICS for finding in await world.findings())


async def test_a_prometheus_that_does_not_answer_is_told(world: World) -> None:
    text = world.config.read_text()
    world.config.write_text(re.sub(r"prometheus: \S+", "prometheus: http://127.0.0.1:9", text))
    [finding] = await world.wrong()
    assert (finding.group, finding.place.rpartition(":")[2]) == (Group.METRICS, world.line("127.0.0.1:9"))


async def test_scopes_and_groups_that_slack_does_not_have_are_told(world: World) -> None:
    world.slack.scopes = frozenset({"commands"})
    assert [finding.sentence for finding in await world.wrong()] == ["scopes are missing: chat:write"]
    world.slack.scopes = frozenset({"commands", "chat:write"})
    del world.slack.groups["sre"]
    world.config.write_text(world.config.read_text().replace('["@backend"]', '["@backend", U02QUARTER, U0NOBODY]'))
    assert [finding.sentence for finding in await world.wrong()] == [
        "Slack knows no person U0NOBODY (role deployer)", "Slack knows no group @sre (role approver)"
    ]  # fmt: skip


@pytest.mark.parametrize("error", [Unreachable("Slack does not answer."), Unauthenticated("Slack refuses the token.")])
async def test_a_slack_that_does_not_answer_is_told(world: World, error: Exception) -> None:
    world.slack.error = error
    [finding] = await world.wrong()
    assert (finding.group, finding.sentence) == (Group.SLACK, str(error).rstrip("."))


async def test_a_missing_token_is_told_and_slack_is_not_asked(world: World) -> None:
    world.environ = {"DATABASE_URL": world.environ["DATABASE_URL"]}
    assert [finding.sentence for finding in await world.wrong()] == [
        "SLACK_BOT_TOKEN: it is not set", "SLACK_APP_TOKEN: neither it nor SLACK_SIGNING_SECRET is set"
    ]  # fmt: skip


async def test_the_database_is_looked_at_and_left_as_it_is(world: World) -> None:
    database = world.folder / "leadsman.db"
    await world.findings()
    assert not database.exists()
    store = Store.open(world.environ["DATABASE_URL"], clock=SystemClock())
    await store.migrate()
    running = [finding for finding in await world.findings() if finding.group is Group.STORE]
    await store.close()
    assert [finding.sentence for finding in running] == [f"{database} answers, its tables are current"]
    database.write_bytes(b"")
    [finding] = await world.wrong()
    assert finding.fix == "leadsman db upgrade brings them to this one."
    world.environ["DATABASE_URL"] = "sqlite:////no/such/folder/leadsman.db"
    [finding] = await world.wrong()
    assert "/no/such/folder" in finding.sentence


async def test_every_mistake_of_the_configuration_and_the_environment_is_told_at_once(world: World) -> None:
    world.environ["SLACK_BOT_TOKEN"] = "wrong"
    world.config.write_text(world.config.read_text().replace("strategy: careful", "strategy: carefull"))
    wrong = await world.wrong()
    assert [(finding.group, finding.place.rpartition("/")[2]) for finding in wrong] == [
        (Group.CONFIG, f"leadsman.yaml:{world.line('strategy: carefull')}"), (Group.CONFIG, "environment")
    ]  # fmt: skip


async def test_offline_only_the_configuration_is_looked_at(world: World) -> None:
    await world.playground.stop()
    world.slack.error = Unreachable("Slack does not answer.")
    findings = await world.findings(offline=True)
    assert [(finding.group, finding.ok) for finding in findings] == [(Group.CONFIG, True)]


async def test_templates_that_only_the_cluster_may_have_are_looked_for_there_and_named_offline(world: World) -> None:
    for path in (world.folder / "analysis").iterdir():
        path.unlink()
    text = re.sub(r"analysisTemplates:.*\n", "", world.config.read_text())
    world.config.write_text(text)
    role = {"apiGroups": ["argoproj.io"], "resources": ["analysistemplates"], "verbs": ["list"]}
    [shipped] = [document for document in read("base/rbac.yaml") if document["kind"] == "Role"]
    await world.playground.apply({**shipped, "rules": [*shipped["rules"], role]})

    [offline] = [one for one in await world.findings(offline=True) if "not looked at" in one.sentence]
    wrong = await world.wrong()

    assert offline.ok
    assert "success-rate" in offline.sentence
    assert wrong
    assert all(
        "neither in the configuration nor as AnalysisTemplate in namespace shop" in one.sentence for one in wrong
    )


async def test_a_rollout_of_argos_is_looked_for_with_its_container(world: World) -> None:
    text = world.config.read_text()
    text = re.sub(r" *traffic: .*\n", "", text).replace("\n        strategy: careful", "")
    world.config.write_text(text.replace("deployment: checkout", "rollout: checkout"))
    config = load_config(world.config)
    assert isinstance(config, Config), config
    for document in rbac_documents(config, "main"):
        await world.playground.apply(document)

    [absent] = await world.wrong()
    assert (absent.sentence, absent.place.rpartition(":")[2]) == (
        "main: checkout in prod: there is no Rollout shop/checkout", world.line("rollout: checkout")
    )  # fmt: skip

    [deployment] = [one for one in read("example/deployment.yaml") if one["kind"] == "Deployment"]
    spec = {**deployment["spec"], "strategy": {"canary": {}}}
    rollout = {**deployment, "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "spec": spec}
    await world.playground.apply(rollout)
    assert await world.wrong() == []
    world.config.write_text(world.config.read_text().replace("container: web", "container: wob"))
    assert [one.sentence for one in await world.wrong()] == [
        "main: checkout in prod: there is no container wob; its Rollout has only web"
    ]


async def test_the_deployment_that_a_rollout_takes_its_pods_from_is_the_one_that_is_configured(world: World) -> None:
    [source] = [one for one in read("example/deployment.yaml") if one["kind"] == "Deployment"]
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout"}
    head = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "checkout", "namespace": "shop"},
    }
    referring = {"replicas": 1, "workloadRef": reference, "strategy": {"canary": {}}}
    await world.playground.apply(source, {**head, "spec": referring})
    text = world.config.read_text()
    text = re.sub(r" *traffic: .*\n", "", text).replace("\n        strategy: careful", "")

    async def wrong(workload: str) -> list[str]:
        world.config.write_text(text.replace("deployment: checkout, container: web", workload))
        config = load_config(world.config)
        assert isinstance(config, Config), config
        for document in rbac_documents(config, "main"):
            await world.playground.apply(document)
        return [one.sentence.removeprefix("main: checkout in prod: there is no ") for one in await world.wrong()]

    driven = "rollout: checkout, container: web"
    assert await wrong(driven) == [
        "workload.workloadRef: checkout in the configuration, as Rollout shop/checkout has it"
    ]
    assert await wrong(f"{driven}, workloadRef: other") == [
        "workload.workloadRef: checkout in the configuration, as Rollout shop/checkout has it"
    ]
    assert await wrong(f"{driven}, workloadRef: checkout") == []
    await world.playground.apply({**head, "spec": {**source["spec"], "strategy": {"canary": {}}}})
    assert await wrong(f"{driven}, workloadRef: checkout") == ["workloadRef: checkout in Rollout shop/checkout"]
