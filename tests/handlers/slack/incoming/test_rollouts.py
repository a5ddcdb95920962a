"""A Rollout of Argo's, typed and pressed at by people in a real workspace: its tree, its questions, its verbs, and its way back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.playground.clock import StoryClock
from bot.playground.shop import Shop
from bot.playground.slack import SlashCommand
from bot.playground.world import Playground
from handlers.plain import message_lines
from handlers.slack.manifest import scopes
from strategies.model import Outcome, Rollout
from tests.bot.argo.place import IMAGE, NAMESPACE, configured, namespace, rollout
from tests.handlers.slack.incoming.bot import COMMANDS, SPEED, Bot
from tests.handlers.slack.patience import patient

PATH = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/rollouts/checkout"


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    """A canary of Argo's at rest with v1, that asks its people at 20%."""
    document = json.dumps(configured(gate={"approvals": 1, "from": ["approver"]}))
    shop = Shop("Rollout", lambda: (namespace(), rollout()), lambda _: document)
    commands = [SlashCommand(f"/{name}", name) for name in COMMANDS]
    made = Playground(StoryClock(SPEED), scopes=scopes(), commands=commands, pod_seconds=1.0, run=shop)
    await made.start()
    (tmp_path / "leadsman.yaml").write_text(document)
    (tmp_path / "kubeconfig").write_text(json.dumps(made.cluster.kubeconfig()))
    yield made
    await made.stop()


@pytest.fixture
async def argo(playground: Playground, tmp_path: Path) -> AsyncIterator[Bot]:
    """The bot beside it."""
    bot = Bot(playground, tmp_path)
    with patient(playground.slack):
        await bot.start()
        yield bot
        await bot.stop()


async def begun(argo: Bot) -> Rollout:
    await argo.asked()
    found = await argo.live()
    assert found is not None
    return found


async def details(argo: Bot, user: str) -> str:
    """The form behind the Details button of the newest private message."""
    said = [one for one in argo.slack.ephemerals(user) if "rollout.details" in json.dumps(one)]
    await argo.slack.press(user, said[-1]["ts"], "rollout.details")
    return "\n".join(message_lines(await argo.view(user)))


async def test_its_status_is_private_and_its_details_hold_the_tree_with_who_is_asked(argo: Bot) -> None:
    await argo.type("carol", "/rollout status checkout")
    untouched = await argo.told("carol", "Leadsman has rolled out nothing here yet.")
    assert "NAME" in untouched and "KIND" in untouched and "rich_text_preformatted" in untouched
    assert argo.said() == []

    await argo.type("alice", f"/rollout kubectl argo rollouts set image checkout web={IMAGE}:v2 -n {NAMESPACE}")
    live = await begun(argo)
    await argo.type("carol", "/rollout kubectl argo rollouts get rollout checkout -n shop -w")
    await argo.told("carol", "Waiting for approval")
    shown = await details(argo, "carol")
    assert "# revision:2" in shown and "॥ Paused" in shown
    assert "0 of 1 said yes" in shown and f"Claim leadsman/{live.id}/" in shown and "Argo Rollouts says Paused" in shown


async def test_at_its_question_promote_is_a_yes_and_resume_says_so(argo: Bot) -> None:
    await argo.type("alice", "/deploy checkout v2")
    live = await begun(argo)
    await argo.type("alice", "/rollout resume checkout")
    await argo.told("alice", "It asks a question: approve or reject that.")
    await argo.type("alice", "/rollout promote rollout checkout")
    refused = await argo.told("alice", "needs the approver role")
    assert "Ask sre" in refused
    await argo.type("alice", "/rollout terminate checkout checkout-5d9c-2-1 wrong query")
    await argo.told("alice", "no analysis “checkout-5d9c-2-1” runs now")
    await argo.type("alice", "/rollout undo checkout --to-revision=1")
    await argo.told("alice", "--to-revision is for what is live")
    await argo.type("alice", "/rollout restart checkout")
    await argo.told("alice", "Nothing to restart: v2 is on its way to checkout in prod.")
    await argo.type("bob", "/promote checkout")
    await argo.told("bob", "Approved checkout in prod.")
    assert (await argo.ended(live)).outcome is Outcome.HEALTHY
    await argo.shows("v2 is live")
    await argo.type("alice", "/rollout restart checkout new certificates")
    await argo.shows("v2 restarted")


async def test_after_an_abort_the_card_says_what_is_left_and_its_button_mends_it(argo: Bot) -> None:
    await argo.type("alice", "/deploy checkout v2")
    live = await begun(argo)
    await argo.type("alice", "/rollout abort checkout errors in the cart")
    assert (await argo.ended(live)).outcome is Outcome.ROLLED_BACK
    card = await argo.shows("The Rollout still asks for v2: roll it back, or deploy another version")
    assert "rollout.rollback" in json.dumps(card)
    await argo.press("alice", "rollout.rollback")
    view = await argo.view("alice")
    assert "The Rollout asks for v1 again." in json.dumps(view, ensure_ascii=False)
    await argo.slack.submit("alice", view["id"], {"reason": "so that Git and the cluster agree"})
    await argo.shows("v1 is live")


async def test_what_kubectl_begins_has_a_card_that_says_so(argo: Bot, playground: Playground) -> None:
    await set_image(playground, "v2")
    await argo.asked()
    card = json.dumps(await argo.card(), ensure_ascii=False)
    assert "started with kubectl argo rollouts by an unknown person, not through Leadsman" in card
    await argo.type("bob", "/rollout approve checkout")
    await argo.shows("v2 is live")
    thread = (await argo.card())["ts"]

    async def told() -> bool:
        lines = [str(said["text"]) for said in argo.slack.thread("deploys", thread)]
        return any(line.startswith("v2 was started with kubectl argo rollouts") for line in lines)

    await argo.until(told)


async def set_image(playground: Playground, tag: str) -> None:
    """What the plugin does."""
    config = playground.cluster.kubeconfig()
    server, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
    found: dict[str, Any] | None = playground.cluster.get("Rollout", NAMESPACE, "checkout")
    assert found is not None
    containers = [{**found["spec"]["template"]["spec"]["containers"][0], "image": f"{IMAGE}:{tag}"}]
    patch = {"spec": {"template": {"spec": {"containers": containers}}}}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"}
    url = f"{server}{PATH}?fieldManager=kubectl-argo-rollouts"
    async with aiohttp.request("PATCH", url, headers=headers, data=json.dumps(patch)) as answer:
        assert answer.status == 200, await answer.text()
