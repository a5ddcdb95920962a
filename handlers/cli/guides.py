"""The longer guides of `leadsman help TOPIC`. What can be taken from the code that does it is taken from there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import indent, wrap

from bot.config.shape import Commands
from bot.help import help_lines, role_lines
from handlers.cli.exits import MEANINGS
from handlers.cli.keys import key_lines
from handlers.cli.samples import ARGO, CONFIGURATION, STRATEGY, TEMPLATE

Pair = tuple[str, str]

_WIDTH = 100
_LEFT = 46
"""Characters of the left column; a longer entry has a line of its own."""

ENVIRONMENT: tuple[Pair, ...] = (
    ("SLACK_BOT_TOKEN", "The Bot User OAuth Token (xoxb-…) of your Slack app."),
    (
        "SLACK_APP_TOKEN",
        "An app-level token (xapp-…) with connections:write. Set: Socket Mode, no public address needed.",
    ),
    ("SLACK_SIGNING_SECRET", "For HTTP instead: Slack sends to LEADSMAN_LISTEN, and every request is checked with it."),
    ("SLACK_API_URL", "Where Slack's methods are. Without it: https://slack.com/api/"),
    ("DATABASE_URL", "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. Without it: sqlite:///leadsman.db"),
    ("LEADSMAN_CONFIG", "The configuration: a YAML file, or a folder of them. Without it: leadsman.yaml"),
    (
        "KUBECONFIG",
        "Where clusters without a kubeconfig of their own look. Without it: the usual place, or in a pod its account.",
    ),
    ("LEADSMAN_LISTEN", "Where Slack's requests are taken, at /slack/events alone. Without it: 127.0.0.1:3000"),
    ("LEADSMAN_INTERNAL", "Where /healthz, /readyz and /metrics are. Without it: 127.0.0.1:3001"),
)
"""The variables of the environment. `bot.config.settings` reads them."""

_FILES = (
    "SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET and DATABASE_URL may each stand in a file instead, which the variable "
    "of that name with _FILE behind it names: SLACK_BOT_TOKEN_FILE=/run/secrets/bot-token."
)


@dataclass(frozen=True, slots=True)
class Guide:
    """One topic. `lines` makes the text from the command line's own commands, each with what it does."""

    about: str
    lines: Callable[[Iterable[Pair]], Iterator[str]]


def _commands(typed_here: Iterable[Pair]) -> Iterator[str]:
    yield "In Slack (the five names are settings: slack.commands):"
    yield ""
    yield from _table(help_lines(Commands()))
    yield ""
    yield "In a terminal; each has -h, and what reads has --json:"
    yield ""
    yield from _table(typed_here)
    yield ""
    yield 'Exit codes, the same number in --json as "exit":'
    yield ""
    yield from _table((str(int(code)), meaning) for code, meaning in MEANINGS.items())
    yield ""
    yield from _prose(
        "Data goes to standard output, talk to standard error. Nothing moves; only the log has colour, on a terminal without NO_COLOR."
    )


def _configuration(_: Iterable[Pair]) -> Iterator[str]:
    yield "A leadsman.yaml for the first rollout:"
    yield ""
    yield from _block(CONFIGURATION)
    yield from _prose(
        "It is read again while the bot runs. A mistake is told with its line, and the configuration before it stays in force. "
        "Plan, target and gates of a rollout are those of its start; roles are those of the moment. A folder is read as one file."
    )
    yield ""
    yield "Every key; needed means: where what is around it is written."
    yield ""
    yield from _table(key_lines())
    yield ""
    yield "The environment:"
    yield ""
    yield from _table(ENVIRONMENT)
    yield ""
    yield from _prose(_FILES)


def _roles(_: Iterable[Pair]) -> Iterator[str]:
    yield from _prose(
        'roles says who may do what. A member is a user group ("@sre"), a user id (U0123456789), an e-mail address, or "*" for '
        "every full member of the workspace; guests, bots and people from other workspaces have no role. Roles are looked up anew "
        "at every act, so that who left a group cannot act any more."
    )
    yield ""
    yield from _table(role_lines({}))
    yield ""
    yield from _prose(
        "A gate asks the roles that it names. Whoever started a rollout cannot approve it, unless the environment has "
        "ownApproval: true. An approval counts only for the version, digest and step that were shown; silence never means yes."
    )


def _strategies(_: Iterable[Pair]) -> Iterator[str]:
    yield from _prose(
        "A strategy is a list of steps in Argo Rollouts' grammar, and one of ours: gate. Under strategies.NAME stands canary: {…}, "
        "rollback: {} or a whole Rollout as you have it. With every kind of step:"
    )
    yield ""
    yield from _block(STRATEGY)
    yield from _table(
        (
            ("setWeight: N", "send N% of the traffic to the new version, as soon as its pods are ready"),
            ("pause: {duration: 5m}", "wait that long; pause: {} waits until somebody promotes"),
            ("analysis", "measure until there is a verdict; a failure brings the version before back"),
            ("gate", "ask people; without their yes by the deadline it aborts, or waits on with onDeadline: hold"),
            ("setCanaryScale", "pods apart from the weight: replicas, weight or matchTrafficWeight; needs a router"),
            ("maxSurge, maxUnavailable", "pods above and below the usual count, as a number or a percentage"),
            ("progressDeadlineSeconds", "how long pods may take to get ready before it turns back"),
            ("acceptCoarse: true", "start even where few pods make real shares differ by more than 10 points"),
        )
    )
    yield ""
    yield from _prose(
        "Without traffic in the environment the counts of pods divide the traffic; then the Deployment's selector needs one label that "
        "its Service does not select on, such as leadsman.dev/track: stable. leadsman plan says so, and shows the real shares before "
        "anything starts. After the last step the new version takes all traffic, then the stable Deployment. A rollback is a plan of "
        "its own: pods ready, then all traffic, no pauses and no gates."
    )


def _analysis(_: Iterable[Pair]) -> Iterator[str]:
    yield from _prose(
        "An analysis measures with Argo's own AnalysisTemplates, read from the files under analysisTemplates as they are. The metrics "
        "come from the Prometheus of the cluster (clusters.NAME.prometheus). A name that no file has is looked for in the cluster: in the "
        "app's namespace, or with clusterScope: true among the ClusterAnalysisTemplates."
    )
    yield ""
    yield from _block(TEMPLATE)
    yield from _table(
        (
            ("interval, count, initialDelay", "how often, how many times, and how long to wait before the first"),
            (
                "successCondition, failureCondition",
                "an answer that is neither good nor bad is inconclusive: people decide",
            ),
            ("failureLimit, inconclusiveLimit", "so many may be bad or unclear before the verdict"),
            ("consecutiveErrorLimit", "so many times in a row the question may go unanswered; 4 without it"),
            ("consecutiveSuccessLimit", "so many good ones in a row are enough"),
            ("leadsman.dev/units", "what each number counts: ratio, percent, ms, s, count or other"),
        )
    )
    yield ""
    yield from _prose(
        "No data is never success. A measurement counts only if its window lies after the present weight was in place with new pods "
        "ready. An argument that is filled with podTemplateHashValue: Latest lets the chart draw the stable version beside the new one."
    )
    yield ""
    yield from _prose(
        "leadsman lint FILE… says of templates, Rollouts and Experiments what Argo would refuse, what would fail in the middle of a "
        "rollout and what can never pass. In a pipeline: helm template CHART | leadsman lint -"
    )


def _argo(_: Iterable[Pair]) -> Iterator[str]:
    yield from _prose(
        "Where a team has Argo Rollouts already, its controller walks, and Leadsman is its face: the same card, questions, charts "
        "and audit. Name the Rollout; it needs no strategy here:"
    )
    yield ""
    yield from _block(ARGO)
    yield from _table(
        (
            ("a deploy", "sets the image in the Rollout, or in the Deployment of its workloadRef"),
            (
                "gate",
                "what every pause that a person must end asks of people; the Rollout's other pauses end by themselves",
            ),
            ("an abort, a rollback, a retry", "the controller's own verbs, each tied to exactly what was seen"),
            (
                "kubectl, Argo CD or CI",
                "what they begin gets a card and its questions too, and what they do meanwhile is told",
            ),
        )
    )
    yield ""
    yield from _prose(
        "Every verb tests what it was decided on, so that a click never reaches a newer version. A retry that would go live without its "
        "gate is refused until it would not. A Rollout whose pods come from a Deployment names that too, as workloadRef under workload: "
        "by it leadsman rbac prints the rights on Deployments beside the others. leadsman plan says what speaks against a start."
    )


def _audit(_: Iterable[Pair]) -> Iterator[str]:
    yield from _prose(
        "Every act is written down before its effect, refused ones too: who, when, what, why, and what was seen. Each entry holds the "
        "hash of the one before, the database refuses to change or delete entries, and each rollout remembers its last."
    )
    yield ""
    yield from _table(
        (
            ("leadsman audit verify", "looks for edits, names the entry, and says what it cannot find"),
            ("leadsman audit verify --anchor NUMBER:HASH", "the same, against a head that was kept elsewhere"),
            ("leadsman audit export", "the whole log as JSON lines, to keep elsewhere"),
            ("leadsman audit tail -n 50", "the newest entries, oldest first"),
        )
    )
    yield ""
    yield from _prose(
        "Somebody with full access to the database can write the log anew from some entry on. Keep what verify prints last "
        "(NUMBER:HASH) where they cannot reach it, once a day: with it, that is found too."
    )


GUIDES: Mapping[str, Guide] = {
    "commands": Guide("what can be typed, in Slack and here; exit codes", _commands),
    "configuration": Guide("leadsman.yaml, every key, and the environment", _configuration),
    "roles": Guide("who may do what", _roles),
    "strategies": Guide("the steps of a rollout", _strategies),
    "analysis": Guide("measuring, and what the verdict rests on", _analysis),
    "argo": Guide("apps that Argo Rollouts walks", _argo),
    "audit": Guide("what is written down, and how to verify it", _audit),
}
"""The topics by name, in the order in which a newcomer needs them."""


def _table(pairs: Iterable[Pair]) -> Iterator[str]:
    """What is typed or written on the left, what it means on the right; an empty left makes a note of the right."""
    for left, right in pairs:
        if not left:
            yield from _prose(right, "  ")
            continue
        rows = wrap(right, _WIDTH - _LEFT, break_on_hyphens=False) or [""]
        if len(left) > _LEFT - 4:
            yield f"  {left}"
        else:
            yield f"  {left:{_LEFT - 2}}{rows.pop(0)}".rstrip()
        yield from (f"{'':{_LEFT}}{row}" for row in rows)


def _prose(text: str, margin: str = "") -> Iterator[str]:
    yield from wrap(text, _WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)


def _block(text: str) -> Iterator[str]:
    yield from indent(text, "    ").splitlines()
    yield ""
