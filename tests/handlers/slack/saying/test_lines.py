"""The thread's lines: every kind of happening, exact numbers, mentions only where they are owed."""

import json

import pytest

from bot.tells import QUIET
from handlers.plain import message_lines
from handlers.slack.views.line import Log, Told
from handlers.slack.views.lines import outage, told
from handlers.slack.views.prose import Group
from strategies.argo.asking import SOMEBODY
from strategies.argo.standing import CONTROLLER
from strategies.events import Fact, Happening, What
from strategies.model import LEADSMAN, Actor, Outcome, Rollout
from strategies.snapshot import snapshot
from tests.handlers.slack.saying import kept
from tests.handlers.slack.saying.argo_states import PLUGIN
from tests.handlers.slack.saying.states import ALICE, BOB, CAROL, STATES, at, seen

GROUPS = {"approver": (Group("S01SRE00001", "sre"),)}
PLUGIN_BY_ITSELF = Actor("kubectl-argo-rollouts", "kubectl-argo-rollouts", "kubectl-argo-rollouts")
ASKED: dict[str, Fact] = {
    "ask": "ro7q2k-2",
    "kind": "gate",
    "approvals": 2,
    "roles": "approver",
    "weight": 20,
    "allows": 100,
    "silence": "abort",
}
REMINDED: dict[str, Fact] = {
    "ask": "ro7q2k-2",
    "kind": "gate",
    "have": 1,
    "need": 2,
    "deadline": at(240).isoformat(),
    "silence": "abort",
}
CASES: dict[str, tuple[str, What, Actor, dict[str, Fact]]] = {
    "queued": ("queued", What.QUEUED, ALICE, {"version": "v1.4.2", "reason": "next"}),
    "started": ("checks", What.STARTED, ALICE, {"version": "v1.4.2", "base": "v1.4.1"}),
    "noted": ("checks", What.NOTED, LEADSMAN, {"note": "The image has no digest yet."}),
    "not-started": ("not-started", What.NOT_STARTED, LEADSMAN, {"why": "There is no Deployment checkout."}),
    "weight": ("checks", What.WEIGHT, LEADSMAN, {"weight": 10, "share": 10, "ready": 1, "pods": 1}),
    "weight-off": ("checks", What.WEIGHT, LEADSMAN, {"weight": 10, "share": 12, "ready": 1, "pods": 1}),
    "promoted": ("waiting", What.PROMOTED, BOB, {"step": 4, "weight": 50}),
    "promoted-full": ("promoting", What.PROMOTED_FULL, BOB, {"reason": "urgent", "step": 2}),
    "skipped": ("checks", What.SKIPPED, BOB, {"step": 1, "kind": "analysis", "reason": "checked by hand"}),
    "again": ("checks", What.ANALYSIS_AGAIN, LEADSMAN, {"activity": "ro7q2k-1"}),
    "passed": (
        "gate-0-of-2",
        What.ANALYSIS_PASSED,
        LEADSMAN,
        {"activity": "ro7q2k-1", "weight": 10, "accepted": False},
    ),
    "accepted": (
        "gate-0-of-2",
        What.ANALYSIS_PASSED,
        LEADSMAN,
        {"activity": "ro7q2k-1", "weight": 10, "accepted": True},
    ),
    "failed": ("rolling-back", What.ANALYSIS_FAILED, LEADSMAN, {"activity": "ro7q2k-1", "message": "m"}),
    "failed-forgotten": ("checks", What.ANALYSIS_FAILED, LEADSMAN, {"activity": "gone", "message": "no data"}),
    "failed-unanswered": ("unanswered", What.ANALYSIS_FAILED, LEADSMAN, {"activity": "ro7q2k-1", "message": "m"}),
    "unclear": ("inconclusive", What.ANALYSIS_INCONCLUSIVE, LEADSMAN, {"activity": "ro7q2k-1", "message": "m"}),
    "asked": (
        "gate-0-of-2",
        What.ASKED,
        LEADSMAN,
        {
            "ask": "ro7q2k-2",
            "kind": "gate",
            "approvals": 2,
            "roles": "approver",
            "weight": 10,
            "allows": 100,
            "silence": "abort",
        },
    ),
    "asked-unclear": (
        "inconclusive",
        What.ASKED,
        LEADSMAN,
        {"ask": "ro7q2k-3", "kind": "inconclusive", "roles": "approver, lead", "weight": 10, "silence": "hold"},
    ),
    "reminded": ("gate-1-of-2", What.REMINDED, LEADSMAN, REMINDED),
    "reminded-unclear": (
        "inconclusive",
        What.REMINDED,
        LEADSMAN,
        {**REMINDED, "ask": "ro7q2k-3", "kind": "inconclusive", "have": 0, "need": 1, "silence": "hold"},
    ),
    "approved": ("gate-1-of-2", What.APPROVED, BOB, {"have": 1, "need": 2, "reason": "flat, ship it", "kind": "gate"}),
    "gate-open": ("gate-1-of-2", What.GATE_OPEN, CAROL, {"ask": "ro7q2k-2", "allows": 100, "kind": "gate"}),
    "rejected": ("gate-1-of-2", What.REJECTED, CAROL, {"have": 1, "need": 2, "reason": "not today"}),
    "expired": ("gate-1-of-2", What.ASK_EXPIRED, LEADSMAN, {"have": 1, "need": 2, "silence": "abort"}),
    "expired-hold": ("gate-held", What.ASK_EXPIRED, LEADSMAN, {"have": 1, "need": 2, "silence": "hold"}),
    "void": ("held-digest", What.ASK_VOID, LEADSMAN, {"have": 1, "why": "v1.4.2 was pushed again"}),
    "paused": ("paused", What.HELD, CAROL, {"kind": "person", "reason": "slow query, looking"}),
    "held": ("held-foreign", What.HELD, LEADSMAN, {"kind": "foreign", "reason": "somebody keeps changing this"}),
    "held-digest": ("held-digest", What.HELD, LEADSMAN, {"kind": "digest", "reason": "v1.4.2 was pushed again"}),
    "resumed": ("checks", What.RESUMED, CAROL, {"held_by": "carol"}),
    "foreign": (
        "checks",
        What.FOREIGN_WRITE,
        LEADSMAN,
        {"manager": "kubectl-edit", "seen": "weight 30", "wanted": "weight 10"},
    ),
    "stuck": ("moving", What.STUCK, LEADSMAN, {"why": "the image cannot be pulled"}),
    "promoting": ("promoting", What.PROMOTING, LEADSMAN, {}),
    "reverting": ("rolling-back", What.REVERTING, LEADSMAN, {"why": "m"}),
    "reverting-by-hand": ("aborted", What.REVERTING, BOB, {"why": "aborted by bob"}),
    "reverting-own": ("aborted", What.REVERTING, ALICE, {"why": "aborted by alice"}),
    "reverting-unanswered": ("unanswered", What.REVERTING, LEADSMAN, {"why": "m"}),
    "aborted": ("aborted", What.ABORTED, BOB, {"reason": "checkout errors"}),
    "replaced": ("replaced", What.REPLACED, BOB, {"version": "v1.4.3"}),
    "ended-healthy": ("healthy", What.ENDED, LEADSMAN, {"outcome": "healthy"}),
    "ended-rolled-back": ("rolled-back", What.ENDED, LEADSMAN, {"outcome": "rolled-back"}),
    "ended-cancelled": ("cancelled", What.ENDED, LEADSMAN, {"outcome": "cancelled"}),
    "argo-started": ("argo-moving", What.STARTED, ALICE, {"version": "v1.4.2", "base": "v1.4.1"}),
    "argo-started-while-waiting": ("argo-waiting", What.STARTED, ALICE, {"version": "v1.4.2", "base": "v1.4.1"}),
    "argo-started-again": ("argo-restarting", What.STARTED, ALICE, {}),
    "argo-started-elsewhere": ("argo-elsewhere", What.STARTED, PLUGIN_BY_ITSELF, {}),
    "argo-begun": ("argo-moving", What.BEGUN, LEADSMAN, {"hash": "7f5b9d6c8", "revision": 5}),
    "argo-dropped": (
        "argo-gate",
        What.DROPPED,
        LEADSMAN,
        {"verb": "promote", "why": "what it was about was over before it could be sent"},
    ),
    "argo-terminated": (
        "argo-checks",
        What.TERMINATED,
        BOB,
        {"run": "checkout-7f5b9d6c8-2-1", "reason": "wrong query"},
    ),
    "argo-weight": ("argo-checks", What.WEIGHT, LEADSMAN, {"weight": 20, "share": 20, "ready": 1, "pods": 1}),
    "argo-asked": ("argo-gate", What.ASKED, LEADSMAN, ASKED),
    "argo-asked-unclear": (
        "argo-inconclusive",
        What.ASKED,
        LEADSMAN,
        {**ASKED, "kind": "inconclusive", "silence": "hold"},
    ),
    "argo-reminded": ("argo-gate", What.REMINDED, LEADSMAN, {**REMINDED, "have": 0}),
    "argo-gate-open": ("argo-approved", What.GATE_OPEN, BOB, {"ask": "ro7q2k-2", "allows": 100, "kind": "gate"}),
    "argo-promoted": ("argo-waiting", What.PROMOTED, BOB, {"step": 4, "weight": 0}),
    "argo-promoted-elsewhere": (
        "argo-moving",
        What.PROMOTED,
        SOMEBODY,
        {"step": 2, "weight": 20, "elsewhere": True},
    ),
    "argo-promoted-full-elsewhere": (
        "argo-promoting",
        What.PROMOTED_FULL,
        SOMEBODY,
        {"reason": "", "step": 2, "elsewhere": True},
    ),
    "argo-skipped-wait": ("argo-waiting", What.SKIPPED, BOB, {"step": 4, "kind": "pause: 5m", "reason": "urgent"}),
    "argo-resumed-elsewhere": ("argo-waiting", What.RESUMED, SOMEBODY, {"held_by": "bob", "kinds": "person"}),
    "argo-resumed-by-client": ("argo-waiting", What.RESUMED, PLUGIN, {"held_by": "bob", "kinds": "person"}),
    "argo-stuck": (
        "argo-stuck",
        What.STUCK,
        LEADSMAN,
        {"why": "Argo Rollouts does nothing: is its controller running?"},
    ),
    "argo-promoting": ("argo-promoting", What.PROMOTING, LEADSMAN, {}),
    "argo-failed": ("argo-rolling-back", What.REVERTING, CONTROLLER, {"why": "aborted: m"}),
    "argo-failed-unmeasured": ("argo-moving", What.REVERTING, CONTROLLER, {"why": "aborted: no progress in 600 s"}),
    "argo-aborted-elsewhere": (
        "argo-aborted-elsewhere",
        What.REVERTING,
        PLUGIN,
        {"why": "aborted with kubectl-argo-rollouts, not through Leadsman"},
    ),
    "argo-overtaken": (
        "argo-overtaken",
        What.REVERTING,
        PLUGIN,
        {"why": "v1.4.3 was set by kubectl-edit in mid-rollout"},
    ),
    "argo-ended": ("argo-aborted", What.ENDED, LEADSMAN, {}),
    "argo-ended-overtaken": ("argo-overtaken", What.ENDED, LEADSMAN, {}),
    "argo-ended-retried": ("argo-retried", What.ENDED, LEADSMAN, {}),
    "argo-ended-gone": ("argo-gone", What.ENDED, LEADSMAN, {}),
    "argo-ended-restart": ("argo-restarted", What.ENDED, LEADSMAN, {}),
    "argo-ended-healthy": ("argo-healthy", What.ENDED, LEADSMAN, {}),
    "switch-started": ("switch-preview", What.STARTED, ALICE, {}),
    "switch-asked": ("switch-gate", What.ASKED, LEADSMAN, {**ASKED, "weight": 0}),
    "switch-gate-open": ("switch-gate", What.GATE_OPEN, BOB, {"ask": "ro7q2k-2", "allows": 100, "kind": "gate"}),
    "switch-passed": (
        "switch-gate",
        What.ANALYSIS_PASSED,
        LEADSMAN,
        {"activity": "ro7q2k-1", "weight": 0, "accepted": False},
    ),
    "switch-switched": ("switch-switched", What.WEIGHT, LEADSMAN, {"weight": 100, "share": 100, "ready": 4, "pods": 4}),
    "switch-promoted-elsewhere": ("switch-switched", What.PROMOTED, SOMEBODY, {"weight": 0, "elsewhere": True}),
}


def line(name: str) -> Told | None:
    state, what, by, facts = CASES[name]
    return told(Happening(what, at(12), by, facts), log(STATES[state]()))


def log(rollout: Rollout) -> Log:
    return Log(rollout, snapshot(rollout, seen(rollout), at(12)), GROUPS, "https://example.slack.com/archives/C1/p1")


def text(found: Told | None) -> str:
    assert found is not None
    return " ".join(message_lines(found.message().payload()))


def test_every_line_reads_as_its_snapshot() -> None:
    kept.check("lines", {name: [text(line(name)), getattr(line(name), "broadcast", None)] for name in CASES})


def test_every_happening_that_is_news_has_a_line() -> None:
    assert {what for _, what, _, _ in CASES.values()} == set(What) - QUIET


@pytest.mark.parametrize("what", sorted(QUIET))
def test_what_is_quiet_says_nothing(what: What) -> None:
    assert told(Happening(what, at(1), LEADSMAN), log(STATES["checks"]())) is None


def test_a_question_without_votes_closes_in_silence_and_a_refused_start_is_not_told_twice() -> None:
    checks, refused = log(STATES["checks"]()), log(STATES["not-started"]())
    assert told(Happening(What.ASK_VOID, at(1), LEADSMAN, {"have": 0}), checks) is None
    assert told(Happening(What.ENDED, at(1), LEADSMAN, {"outcome": Outcome.REFUSED}), refused) is None


def test_nobody_is_reminded_of_a_question_that_was_answered_before_it_could_be_said() -> None:
    reminder = Happening(What.REMINDED, at(1), LEADSMAN, REMINDED)
    assert all(told(reminder, log(STATES[name]())) is None for name in ("promoting", "gate-held", "checks"))


def test_only_questions_ping_a_group_and_only_trouble_and_reminders_ping_the_starter() -> None:
    pinged = {name for name in CASES if '"usergroup"' in json.dumps(line(name).message().payload())}  # type: ignore[union-attr]
    assert pinged == {"asked", "asked-unclear", "argo-asked", "argo-asked-unclear", "switch-asked"}
    turned = {"reverting", "reverting-by-hand", "reverting-unanswered", "argo-failed", "argo-failed-unmeasured"}
    turned |= {"argo-aborted-elsewhere", "argo-overtaken"}
    owed = {"not-started", "stuck", "argo-stuck", "reminded", "reminded-unclear", "argo-reminded"} | turned
    starter = {
        name
        for name in CASES
        if '"U01ALICE001"' in json.dumps(line(name).message().payload())  # type: ignore[union-attr]
        and CASES[name][2] is not ALICE
    }
    assert starter == owed
    assert {name for name in CASES if line(name).broadcast} == turned | {"reverting-own"}  # type: ignore[union-attr]


def test_what_a_script_typed_is_never_a_mention() -> None:
    script = Actor("token:ci", "<!channel> *ci*", surface="api")
    found = told(Happening(What.HELD, at(1), script, {"kind": "person", "reason": "<!here>"}), log(STATES["paused"]()))
    assert found is not None
    message = found.message()
    assert message.text == "&lt;!channel&gt; *ci* paused it: “&lt;!here&gt;”"
    assert '"text": "<!channel> *ci* paused it' in json.dumps(message.payload(), ensure_ascii=False)


def test_an_outage_is_told_with_its_times() -> None:
    assert text(outage(at(0), at(5))) == (
        "Slack was unreachable 14:02 UTC to 14:07 UTC. The card and this thread are complete again."
    )
