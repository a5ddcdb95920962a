"""What can be typed, from one table: the help in Slack, usage lines in refusals, the command line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.config.shape import Commands


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to type. `command` is a field of the configured commands, `words` what follows it."""

    verb: str
    command: str
    words: str
    about: str
    role: str = ""

    def usage(self, commands: Commands) -> str:
        """As it is typed: `/deploy APP VERSION [ENV] [REASON]`."""
        return f"{getattr(commands, self.command)} {self.words}".strip()


ENTRIES = (
    Entry(
        "deploy",
        "deploy",
        "APP VERSION [ENV] [REASON]",
        "start a rollout; --from ENV takes what is Healthy there",
        "deployer",
    ),
    Entry("promote", "promote", "APP [ENV]", "end the pause at hand", "deployer"),
    Entry("full", "promote", "APP [ENV] --full REASON", "go to 100% past every step that is left", "approver"),
    Entry("abort", "abort", "APP [ENV] REASON", "send all traffic back to the version before", "deployer"),
    Entry("rollback", "rollback", "APP [ENV] [--to N] [REASON]", "go back to an earlier Healthy version", "deployer"),
    Entry(
        "undo",
        "rollback",
        "APP [ENV] --to-revision N [REASON]",
        "go back to a revision of a Rollout of Argo's",
        "deployer",
    ),
    Entry("status", "rollout", "status APP [ENV]", "how it stands now"),
    Entry("list", "rollout", "list", "everything that is on its way"),
    Entry("history", "rollout", "history APP [ENV]", "what was rolled out before, newest first"),
    Entry("plan", "rollout", "plan APP VERSION [ENV]", "what a deploy would do, without doing it"),
    Entry("pause", "rollout", "pause APP [ENV] [REASON]", "stop going forward until somebody resumes", "deployer"),
    Entry("resume", "rollout", "resume APP [ENV]", "go on after a pause by hand or a hold", "deployer"),
    Entry("retry", "rollout", "retry APP [ENV]", "start the last version again that did not go live", "deployer"),
    Entry("approve", "rollout", "approve APP [ENV] [REASON]", "say yes to what is asked", "as asked"),
    Entry("reject", "rollout", "reject APP [ENV] REASON", "say no: it aborts", "as asked"),
    Entry("skip", "rollout", "skip APP [ENV] REASON", "leave the step at hand undone", "approver"),
    Entry(
        "restart",
        "rollout",
        "restart APP [ENV] [REASON]",
        "replace the pods of a Rollout of Argo's, one after the other",
        "deployer",
    ),
    Entry(
        "terminate",
        "rollout",
        "terminate APP [ENV] [RUN] REASON",
        "end an analysis of a Rollout of Argo's now",
        "approver",
    ),
    Entry("audit", "rollout", "audit APP [ENV]", "who did what, from the log that cannot be edited quietly"),
    Entry("help", "rollout", "help [roles]", "this, or which role may do what"),
)
"""Everything that can be typed, in the order in which it is needed."""

_NAMED = {"full": "promote --full", "undo": "rollback --to-revision"}
_MORE = (
    "ENV may be left out where the app has only one.",
    "What guides have is understood, too: kubectl argo rollouts COMMAND pasted whole, set image APP IMAGE:TAG, undo, -n NAMESPACE.",
    "Slack does not run slash commands in threads: use the card's buttons, or type in the channel.",
)


def usage(verb: str, commands: Commands) -> str:
    """How one verb is typed, empty for an unknown one."""
    return next((one.usage(commands) for one in ENTRIES if one.verb == verb), "")


def help_lines(commands: Commands) -> Iterator[tuple[str, str]]:
    """What can be typed, each with what it does; then what one should know, with an empty first half."""
    for one in ENTRIES:
        yield one.usage(commands), one.about
    for sentence in _MORE:
        yield "", sentence


def role_lines(roles: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Each role with who holds it; then what needs which."""
    for role, members in roles.items():
        holders = ("every full member" if one == "*" else one for one in members)
        yield role, ", ".join(holders) or "nobody"
    for role in dict.fromkeys(one.role for one in ENTRIES if one.role):
        verbs = ", ".join(_NAMED.get(one.verb, one.verb) for one in ENTRIES if one.role == role)
        yield f"needs {role}" if role != "as asked" else "as the question says", verbs
