"""Forms, private answers, reports and Details: each is taken by Slack with the longest names, and says what it must."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.config.shape import Commands
from bot.help import ENTRIES, usage
from bot.playground.clock import PlaygroundClock
from bot.playground.slack import Workspace
from bot.playground.slack.views import view_complaints
from bot.starting import Preflight
from bot.store.records import AuditRecord
from handlers.plain import message_lines
from handlers.slack.ids import About, ActionId, FieldId, FormId, Wished, parse_wished
from handlers.slack.manifest import scopes
from handlers.slack.views.acts import act_line
from handlers.slack.views.card import Drawing, card
from handlers.slack.views.details import Tree, details
from handlers.slack.views.forms import REASON_FORMS, Filled, deploy_form, notice, reason_form
from handlers.slack.views.message import Message
from handlers.slack.views.plan_line import way
from handlers.slack.views.prose import Code, coded, plain
from handlers.slack.views.replies import busy, refusal, reply
from handlers.slack.views.reports import (
    audit_report,
    help_report,
    history_report,
    list_report,
    plan_report,
    status_report,
    unled_report,
)
from handlers.slack.views.tree import LONGEST, cut
from strategies.argo.driver import Argo, Start
from strategies.argo.tree import tree
from strategies.events import Fact, What
from strategies.model import LEADSMAN, Actor, Native, Revision
from strategies.problem import SpecProblem
from strategies.snapshot import snapshot
from strategies.steps import Gate, Pause, Plan, SetCanaryScale, SetWeight
from tests.handlers.slack.saying import kept
from tests.handlers.slack.saying.states import ALICE, BOB, STATES, T0, at, longest, seen
from tests.handlers.slack.saying.test_card import GROUPS, shown
from tests.strategies.argo.recording import load

LONG = "n" * 253
APPS = {
    "checkout": {"prod": "10% → 1 approval → 100%", "staging": "50% → 100%"},
    "billing": {"prod": "by Argo Rollouts, with the steps of the Rollout"},
}
PLAN = Plan("careful", (SetWeight(10), SetCanaryScale(replicas=2), Gate(approvals=2), Pause(), SetWeight(50)))


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncWebClient]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    workspace = Workspace(
        PlaygroundClock(), signing_secret="s", bot_token="xoxb-1", app_token="xapp-1", scopes=scopes()
    )
    workspace.rates.enforced = False
    await workspace.start()
    yield AsyncWebClient("xoxb-1", base_url=workspace.records.base + "/api/")
    await workspace.stop()


def view(made: View) -> dict[str, Any]:
    return made.to_dict()


@pytest.mark.parametrize("form", sorted(REASON_FORMS))
@pytest.mark.parametrize(
    "name", ["gate-1-of-2", "inconclusive", "healthy", "argo-gate", "argo-aborted", "argo-restarting", "switch-gate"]
)
def test_a_reason_form_has_one_field_and_says_its_effect_first(form: FormId, name: str) -> None:
    for of in (STATES[name](), longest(STATES[name]())):
        made = view(reason_form(form, shown(of), About("ro7q2k:walking.2", "C1", "1.2")))
        assert not view_complaints(made, "modal", lambda _: True)
        assert [block["type"] for block in made["blocks"]] == ["rich_text", "input"]
        assert made["blocks"][0]["elements"][0]["elements"][0]["style"] == {"bold": True}
        assert made["close"]["text"] == "Keep Going"
        assert made["submit"]["text"] not in ("Submit", "OK", "Yes")


@pytest.mark.parametrize("form", sorted(REASON_FORMS))
def test_reason_forms_read_as_their_snapshots(form: FormId) -> None:
    kept.check(
        f"form-{form.removeprefix('form.')}", view(reason_form(form, shown(STATES["gate-1-of-2"]()), About("v")))
    )


@pytest.mark.parametrize(
    ("name", "form", "effect"),
    [
        ("argo-gate", FormId.ABORT, "All traffic of checkout in prod goes back to v1.4.1. v1.4.2 has 20% now. Its Rollout still asks"),
        ("argo-gate", FormId.SKIP, "v1.4.2 goes on from 20% without this step."),
        ("argo-checks", FormId.TERMINATE, "The analysis that runs ends now"),
        ("argo-inconclusive", FormId.ACCEPT, "v1.4.2 goes on from 20% as if its checks had passed."),
        ("argo-aborted", FormId.ROLL_BACK, "The Rollout asks for v1.4.1 again. v1.4.1 has all traffic"),
        ("argo-restarting", FormId.ABORT, "Leadsman follows this restart no further."),
        ("switch-gate", FormId.REJECT, "All traffic of checkout in prod stays on v1.4.1. Its Rollout still asks for v1.4.2"),
        ("switch-gate", FormId.SKIP, "All traffic of checkout in prod switches to v1.4.2 now."),
        ("switch-gate", FormId.ACCEPT, "This lets v1.4.2 go on to the switch as if"),
        ("switch-switched", FormId.ABORT, "goes back to v1.4.1. v1.4.2 has 100% now."),
        ("switch-switched", FormId.ACCEPT, "This lets v1.4.2 keep all traffic as if the checks had passed."),
    ],
)  # fmt: skip
def test_a_form_about_a_rollout_of_argos_says_what_its_controller_will_do(name: str, form: FormId, effect: str) -> None:
    made = message_lines(view(reason_form(form, shown(STATES[name]()), About())))
    assert effect in " ".join(made)


def test_a_form_that_asks_for_more_than_a_reason_is_no_reason_form() -> None:
    with pytest.raises(KeyError, match="no reason alone"):
        reason_form(FormId.DEPLOY, shown(STATES["healthy"]()), About())


@pytest.mark.parametrize("count", [1, 3, 150])
def test_the_deploy_form_is_filled_from_the_command_and_takes_any_number_of_apps(count: int) -> None:
    apps = {f"{LONG[:240]}{number}": {"prod": "10% → 100%" * 90, "staging": "100%"} for number in range(count)}
    chosen = next(iter(apps))
    made = view(deploy_form(apps, Filled(chosen, "prod", "v1.4.2"), About()))
    assert not view_complaints(made, "modal", lambda _: True)
    assert sum(block["type"] == "input" for block in made["blocks"]) == 4
    assert "v1.4.2" in json.dumps(made)


def test_the_deploy_form_reads_as_its_snapshot() -> None:
    kept.check("form-deploy", view(deploy_form(APPS, Filled(version="v1.4.2"), About())))


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        (Filled(app="checkout", environment="prod"), ["Plan 10% → 1 approval → 100%"]),
        (Filled(app="billing"), ["Plan by Argo Rollouts, with the steps of the Rollout"]),
        (Filled(app="checkout"), ["checkout in prod 10% → 1 approval → 100%", "checkout in staging 50% → 100%"]),
    ],
)
def test_the_deploy_form_shows_the_way_of_what_can_still_be_meant(filled: Filled, told: list[str]) -> None:
    *ways, start = message_lines({"blocks": view(deploy_form(APPS, filled, About()))["blocks"][-1:]})
    assert ways == told
    assert start == "Start Rollout looks at the cluster first, then posts one card in the channel and begins."


def test_the_deploy_form_of_many_places_does_not_list_their_ways() -> None:
    apps = {f"app{number}": {"prod": "100%"} for number in range(5)}
    made = message_lines({"blocks": view(deploy_form(apps, Filled(), About()))["blocks"][-1:]})
    assert made[0] == "Traffic moves step by step, as the environment's strategy says."


def test_a_way_is_our_plan_or_the_rollouts_own() -> None:
    assert way(Native(PLAN)) == "10% → 2 approvals → pause → 50% → 100%"
    assert way(Argo(Start.DEPLOY)) == APPS["billing"]["prod"]


@pytest.mark.parametrize("name", STATES)
def test_details_fit_into_a_form_in_every_state(name: str) -> None:
    for of in (STATES[name](), longest(STATES[name]())):
        made = view(details(of, shown(of), seen(of), GROUPS, Tree()))
        assert not view_complaints(made, "modal", lambda _: True)
        assert "submit" not in made
    kept.check(
        f"details-{name}", view(details(STATES[name](), shown(STATES[name]()), seen(STATES[name]()), GROUPS, Tree()))
    )


def trees() -> Iterator[str]:
    """The trees of a recorded rollout, at its every moment."""
    for moment in load("02-canary-basic").moments():
        drawn = tree(moment.cluster.objects("web"), moment.at)
        if drawn:
            yield drawn


def test_details_of_a_rollout_hold_its_tree_and_what_argo_leaves_out() -> None:
    of, paused = STATES["argo-gate"](), next(drawn for drawn in trees() if "CanaryPauseStep" in drawn)
    kept.check("details-argo-tree", message_lines(view(details(of, shown(of), seen(of), GROUPS, Tree(paused)))))
    away = message_lines(
        view(details(of, shown(of), seen(of), GROUPS, Tree(missing="Cluster prod-eu does not answer.")))
    )
    assert "Cluster prod-eu does not answer." in away
    assert any(line.startswith("Claim main/ro7q2k/3") for line in away)


def test_a_long_tree_is_cut_at_whole_lines_and_says_how_many_are_left_out() -> None:
    rows = [f"{number:3} {'─' * 90}" for number in range(400)]
    kept_rows = cut("".join(f"{row}   \n" for row in rows)).splitlines()
    assert len("\n".join(kept_rows)) <= LONGEST
    assert kept_rows[:-1] == rows[: len(kept_rows) - 1] and len(kept_rows) > 20
    assert kept_rows[-1] == f"… {400 - len(kept_rows) + 1} more lines"


def test_a_short_tree_is_shown_whole() -> None:
    rows = ["NAME  KIND     STATUS", "web   Rollout  ✔ Healthy"]
    assert cut("\n".join(f"{row}  " for row in rows) + "\n").splitlines() == rows


def test_a_tree_that_is_one_endless_line_is_cut_itself() -> None:
    text = cut("x" * 9_000 + "\ny")
    assert len(text) <= LONGEST and text.endswith("… 1 more line")
    of = STATES["argo-gate"]()
    made = view(details(of, shown(of), seen(of), GROUPS, Tree("x" * 9_000)))
    assert not view_complaints(made, "modal", lambda _: True)


def test_a_refusal_takes_the_place_of_a_form() -> None:
    made = view(notice("Not aborted, and a title that is too long", ("Too late. Nothing changed.",)))
    assert not view_complaints(made, "modal", lambda _: True)


def act(kind: str, actor: Actor, **facts: Fact) -> str:
    record = AuditRecord(7, T0, kind, actor, "ro7q2k", "checkout", "prod", facts, "h", b"")
    return plain(act_line(record))


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (act("requested", ALICE, version="v1.4.2", reason="faster"), "alice asked for v1.4.2 “faster”"),
        (act("started", ALICE, version="v1.4.2", base="v1.4.1"), "alice started v1.4.2, v1.4.1 ran before"),
        (
            act("weight", LEADSMAN, share=10, weight=10, ready=1, pods=1),
            "Leadsman saw 10% of traffic on it, 1 of 1 canary pods ready",
        ),
        (act("digest", LEADSMAN, digest="sha256:9f2c41d000"), "Leadsman pinned the digest 9f2c41d"),
        (act("analysis-passed", LEADSMAN, weight=10), "Leadsman saw the checks pass at 10%"),
        (act("asked", LEADSMAN, roles="approver", approvals=1), "Leadsman asked approver for 1 approval"),
        (act("asked", LEADSMAN, roles="approver", approvals=2), "Leadsman asked approver for 2 approvals"),
        (act("approved", BOB, have=1, need=2), "bob approved, 1 of 2"),
        (act("refused", BOB, why="Not done."), "bob was refused: “Not done.”"),
        (act("ended", LEADSMAN, outcome="rolled-back", why=""), "Leadsman ended it: rolled back"),
        (act("config-changed", ALICE), "alice config changed"),
    ],
)
def test_an_act_reads_as_a_sentence(told: str, sentence: str) -> None:
    assert told == sentence


def test_every_kind_of_happening_can_be_read_as_an_act_whatever_it_carries() -> None:
    for kind in What:
        assert act(kind, LEADSMAN).startswith("Leadsman ")
        assert "None" not in act(kind, LEADSMAN, version="v2", share=1, ready=1, pods=1, roles="r", approvals=1)


def test_commands_in_a_sentence_are_code_and_what_somebody_typed_is_not() -> None:
    assert coded("Run `leadsman db upgrade`, then “`x`”.") == ("Run ", Code("leadsman db upgrade"), ", then “`x`”.")
    assert coded("a ` alone") == ("a ` alone",)


def reports() -> dict[str, Message]:
    of = STATES["gate-1-of-2"]()
    live = (snapshot(of, seen(of), at(12)), "https://example.slack.com/archives/C1/p1")
    healthy = STATES["healthy"]()
    record = AuditRecord(7, T0, "approved", ALICE, of.id, "checkout", "prod", {"reason": "flat <!here>"}, "h", b"")
    found = Preflight((), Revision("v1.4.1", "x:v1.4.1"), 10, None, ("The HPA follows.",))
    bad = Preflight((SpecProblem("", "The Deployment checkout does not exist", "Create it."),))
    return {
        "status": status_report(live[0], at(12), GROUPS, live[1]),
        "status-unled": unled_report("checkout", "prod", "Name: checkout\nStatus: ✔ Healthy\n", Commands()),
        "list": list_report([live, (live[0], None)], Commands()),
        "list-empty": list_report([], Commands()),
        "list-many": list_report([live] * 40, Commands()),
        "history": history_report("checkout", "prod", [(healthy, snapshot(healthy, None, at(40)))]),
        "history-empty": history_report("checkout", "prod", []),
        "history-many": history_report("checkout", "prod", [(healthy, snapshot(healthy, None, at(40)))] * 40),
        "plan": plan_report("checkout", "prod", "v1.4.2", Native(PLAN), found, routed=True),
        "plan-bad": plan_report("checkout", "prod", "v1.4.2", Native(PLAN), bad, routed=True),
        "audit": audit_report("checkout", "prod", [record]),
        "audit-empty": audit_report("checkout", "prod", []),
        "help": help_report(Commands(), {}),
        "help-roles": help_report(Commands(), {"approver": ("@sre", "*"), "deployer": ()}, "roles"),
        "refusal": refusal("Not approved. Too late.", nearest=("checkout",), card=live[1], pressed="Approve to 50%"),
        "busy": busy(Wished("ro1", "checkout", "prod", "v1.4.3", "why"), "v1.4.2", live[1]),
        "reply": reply(("Heard.",)),
    }


@pytest.mark.parametrize("name", reports())
async def test_every_private_answer_is_taken_by_slack_and_reads_as_its_snapshot(
    slack: AsyncWebClient, name: str
) -> None:
    payload = reports()[name].payload()
    kept.check(f"reply-{name}", message_lines(payload))
    assert len(payload["text"]) <= 130
    assert (await slack.chat_postEphemeral(channel="C01DEPLOYS1", user="U01ALICE001", **payload))["ok"]


async def test_private_answers_with_the_longest_names_are_taken_too(slack: AsyncWebClient) -> None:
    of = longest(STATES["gate-1-of-2"]())
    snap = snapshot(of, seen(of), at(12))
    problem = SpecProblem("p" * 500, "s" * 3_000, "f" * 500)
    record = AuditRecord(
        7, T0, "approved", replace(ALICE, name="a" * 500), of.id, LONG, LONG, {"why": "w" * 9_000}, "h", b""
    )
    for made in (
        status_report(snap, at(12), {}, "https://example.com/" + "x" * 300),
        list_report([(snap, None)] * 30, Commands()),
        history_report(LONG, LONG, [(of, snap)] * 30),
        plan_report(LONG, LONG, "v" * 128, Native(PLAN), Preflight((problem,) * 30), routed=False),
        audit_report(LONG, LONG, [record] * 60),
        refusal("x" * 5_000, nearest=(LONG,) * 3, pressed="p" * 75),
        busy(Wished("ro1", LONG, LONG, "v" * 128, "r" * 5_000), "v" * 128),
    ):
        payload = made.payload()
        assert len(payload["text"]) <= 130
        assert (await slack.chat_postEphemeral(channel="C01DEPLOYS1", user="U01ALICE001", **payload))["ok"]


def test_the_busy_choice_carries_what_was_asked_for_on_every_button() -> None:
    payload = busy(Wished("ro1", "checkout", "prod", "v1.4.3", "why"), "v1.4.2").payload()
    buttons = [one for block in payload["blocks"] if block["type"] == "actions" for one in block["elements"]]
    assert {one["action_id"] for one in buttons} == {ActionId.QUEUE, ActionId.REPLACE, ActionId.KEEP}
    assert all(parse_wished(one["value"]) == Wished("ro1", "checkout", "prod", "v1.4.3", "why") for one in buttons)


def test_help_names_commands_as_they_are_configured() -> None:
    renamed = Commands(deploy="/ship")
    assert usage("deploy", renamed).startswith("/ship APP VERSION")
    assert usage("dance", renamed) == ""
    assert all(one.usage(renamed).startswith("/") for one in ENTRIES)


def _ids(made: object, key: str) -> set[str]:
    """Every value under that key, at any depth."""
    if isinstance(made, dict):
        own = {made[key]} if isinstance(made.get(key), str) else set()
        return own.union(*(_ids(one, key) for one in made.values()))
    return set().union(*(_ids(one, key) for one in made)) if isinstance(made, list) else set()


def test_every_button_and_form_that_is_named_is_drawn_somewhere_and_no_other() -> None:
    cards = [card(shown(made()), Drawing(1, at(12), GROUPS)).payload()["blocks"] for made in STATES.values()]
    answers = [made.payload()["blocks"] for made in reports().values()]
    assert _ids([*cards, *answers], "action_id") == set(ActionId)
    of = STATES["gate-1-of-2"]()
    views = [reason_form(form, shown(of), About()) for form in REASON_FORMS]
    views += [
        deploy_form(APPS, Filled(), About()),
        details(of, shown(of), seen(of), GROUPS, Tree()),
        notice("No", ("x",)),
    ]
    made = [view(one) for one in views]
    assert _ids(made, "callback_id") == set(FormId)
    assert _ids(made, "action_id") == set(FieldId)
