"""What one person reads in private: how things stand, what was before, what a deploy would do, who did what, help."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.config.shape import Commands
from bot.help import help_lines, role_lines, usage
from bot.starting import Preflight
from bot.store.records import AuditRecord
from handlers.plans import driver_lines, pods_text
from handlers.slack.ids import drawing_block
from handlers.slack.views.acts import act_line
from handlers.slack.views.buttons import details_button
from handlers.slack.views.card import Drawing, card
from handlers.slack.views.message import Message, actions, heading, lines, text_of
from handlers.slack.views.names import headline, place_name, version_name
from handlers.slack.views.news import header, took
from handlers.slack.views.people import Groups
from handlers.slack.views.prose import Bold, Code, Line, Link, Moment, coded, person, shorten
from handlers.slack.views.tree import tree_block
from strategies.argo.driver import Argo
from strategies.model import Native, Rollout
from strategies.snapshot import Snapshot

MOST = 20
"""Rows of a report; more is cut, and said so."""

_WHEN = "{date_short_pretty} {time}"
_SHUNNED = {"measured", "written", "write"}


def status_report(shown: Snapshot, now: datetime, groups: Groups, address: str | None = None) -> Message:
    """The card of a rollout for one reader: the same words, Details for the only button, and the way to the card itself."""
    message = card(shown, Drawing(0, now, groups))
    link: Line = (Link(address, "Open the card"),) if address else ()
    rest = [block for block in message.blocks if block.type != "actions"]
    more = actions(drawing_block(0), [details_button(shown)])
    return Message(message.text, (*rest, *([lines("link", link)] if link else []), *more))


def unled_report(app: str, environment: str, tree: str, commands: Commands) -> Message:
    """A Rollout that Leadsman has not been asked to roll out yet: what its controller makes of it, and how to begin."""
    title = headline(app, environment, "no rollout yet")
    begin: Line = ("Leadsman has rolled out nothing here yet. Start with ", Code(usage("deploy", commands)))
    return Message(text_of(title), (heading(title), tree_block(tree), lines("begin", begin)))


def list_report(live: Sequence[tuple[Snapshot, str | None]], commands: Commands) -> Message:
    """Everything that is on its way, each with the way to its card."""
    if not live:
        sentence = "Nothing is on its way."
        return Message(sentence, (lines("list", (sentence, f" Start with {usage('deploy', commands)}.")),))
    rows = [_listed(shown, address) for shown, address in live[:MOST]]
    title = f"{len(live)} on their way" if len(live) > 1 else "1 on its way"
    return Message(text_of(title), (heading(title), lines("list", *rows, *_cut(len(live)))))


def _listed(shown: Snapshot, address: str | None) -> Line:
    name = header(shown)
    first = Link(address, name) if address else Bold(name)
    return (first, f" · {shown.phase.card}: {shorten(shown.phase.sentence)}")


def _cut(count: int) -> Iterable[Line]:
    return [(f"{count - MOST} more are left out.",)] if count > MOST else []


def history_report(app: str, environment: str, past: Sequence[tuple[Rollout, Snapshot]]) -> Message:
    """What was rolled out before, newest first, numbered as `--to` counts what was live."""
    title = headline(app, environment, "history")
    if not past:
        return Message(title, (lines("history", (f"No rollout of {place_name(app, environment)} yet.",)),))
    rows = [_past(rollout, shown) for rollout, shown in past[:MOST]]
    return Message(text_of(title), (heading(title), lines("history", *rows, *_cut(len(past)))))


def _past(rollout: Rollout, shown: Snapshot) -> Line:
    lasted = f" in {took(shown)}" if took(shown) else ""
    why = f" · {shorten(rollout.why)}" if rollout.why else ""
    when = Moment(rollout.ended or rollout.created, _WHEN)
    return (
        when,
        " ",
        Bold(version_name(rollout.candidate.version)),
        f" {shown.phase.card}{lasted}, by ",
        person(rollout.by),
        why,
    )


def plan_report(
    app: str, environment: str, version: str, driver: Native | Argo, found: Preflight, *, routed: bool
) -> Message:
    """What a deploy would do with the pods there are, and everything that speaks against it."""
    title = headline(app, environment, f"plan for {version_name(version)}")
    base = version_name(found.base.version) if found.base else "what runs now"
    blocks = [
        heading(title),
        lines(
            "plan",
            (f"{base} → ", Bold(version_name(version)), f", {pods_text(found.replicas)}"),
            *_rows(driver_lines(driver, found, routed=routed)),
        ),
    ]
    if found.problems:
        blocks.append(
            lines("problems", (Bold("It cannot start."),), *_rows([str(one) for one in found.problems[:MOST]]))
        )
    else:
        blocks.append(lines("problems", (Bold("Nothing speaks against it."), " Nothing was changed either.")))
    if found.notes:
        blocks.append(lines("notes", *_rows(found.notes)))
    return Message(text_of(title), tuple(blocks))


def _rows(sentences: Iterable[str]) -> Iterable[Line]:
    return [coded(shorten(one, 400)) for one in sentences]


def audit_report(app: str, environment: str, records: Sequence[AuditRecord]) -> Message:
    """The newest acts, oldest first: when, who, what, and why. Measurements and single writes are in the export."""
    title = headline(app, environment, "audit")
    told = [one for one in records if one.kind not in _SHUNNED]
    if not told:
        return Message(title, (lines("audit", (f"The audit log has nothing about {place_name(app, environment)}.",)),))
    rows = [(f"{one.sequence} ", Moment(one.at, _WHEN), " ", *act_line(one)) for one in told[-MOST:]]
    return Message(
        text_of(title), (heading(title), lines("audit", *rows, ("All of it: ", Code("leadsman audit export"))))
    )


def help_report(commands: Commands, roles: Mapping[str, Sequence[str]], topic: str = "") -> Message:
    """What can be typed, or, for the topic `roles`, which role may do what."""
    pairs = role_lines(roles) if topic == "roles" else help_lines(commands)
    title = "Roles" if topic == "roles" else "What can be typed"
    rows: list[Line] = [(Bold(left), "  ", right) if left else (right,) for left, right in pairs]
    return Message(title, (heading(title), lines("help", *rows)))
