"""The grammar of the slash commands: what was typed, as what is meant, or the sentence that says how to type it.

    /deploy APP VERSION [ENV [REASON]]      /deploy APP [ENV [REASON]] --from ENV
    /promote APP [ENV] [--full REASON]      /abort APP [ENV] REASON      /rollback APP [ENV] [--to N] [REASON]
    /rollout VERB …                         the same verbs and the rest of them; kubectl's words are understood, too,
                                            also with `kubectl argo rollouts` before them and `-n NAMESPACE` behind

ENV may be left out where the app has one. Nothing is guessed: a word that could be another environment is never taken
for the beginning of a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.config.config import Config
from bot.config.names import choices, nearest
from bot.help import usage
from handlers.slack import kubectl
from handlers.slack.whereabouts import app_of, no_app, place_of, place_of_run
from handlers.slack.words import Mistaken, Text, Word, read


class Verb(StrEnum):
    """What can be typed."""

    DEPLOY = "deploy"
    PROMOTE = "promote"
    ABORT = "abort"
    ROLLBACK = "rollback"
    STATUS = "status"
    LIST = "list"
    HISTORY = "history"
    PLAN = "plan"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    APPROVE = "approve"
    REJECT = "reject"
    SKIP = "skip"
    RESTART = "restart"
    TERMINATE = "terminate"
    AUDIT = "audit"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Typed:
    """A command that can be understood. `environment` is empty only for verbs that need no place."""

    verb: Verb
    app: str = ""
    environment: str = ""
    version: str = ""
    reason: str = ""
    carry: str | None = None
    number: int | None = None
    revision: int | None = None
    is_full: bool = False
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Blank:
    """Too little was typed after the command: a form or the help. `app` is what is known already."""

    verb: Verb
    app: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What cannot be understood, and how it is typed."""

    sentence: str
    usage: str = ""


Parsed = Typed | Blank | Mistake

_ALIASES: Mapping[str, Verb] = {
    "continue": Verb.PROMOTE,
    "deploy": Verb.DEPLOY,
    "describe": Verb.STATUS,
    "get": Verb.STATUS,
    "hold": Verb.PAUSE,
    "log": Verb.AUDIT,
    "ls": Verb.LIST,
    "start": Verb.DEPLOY,
    "stop": Verb.ABORT,
    "undo": Verb.ROLLBACK,
    "unpause": Verb.RESUME,
}
"""Words of other tools for the same."""

_OPTIONS: Mapping[Verb, tuple[str, ...]] = {
    Verb.DEPLOY: ("from", "reason"),
    Verb.PLAN: ("from",),
    Verb.PROMOTE: ("full",),
    Verb.ROLLBACK: ("to", "to-revision", "reason"),
    Verb.ABORT: ("reason",),
    Verb.PAUSE: ("reason",),
    Verb.RETRY: ("reason",),
    Verb.APPROVE: ("reason",),
    Verb.REJECT: ("reason",),
    Verb.SKIP: ("reason",),
    Verb.RESTART: ("reason",),
    Verb.TERMINATE: ("reason",),
    Verb.STATUS: ("watch", "w", "no-color"),
}
_NAMESPACE = ("namespace", "n")
_FLAGS = ("watch", "w", "no-color")
"""Options that say nothing here: a card shows itself what goes on."""

_REASONLESS = (Verb.PROMOTE, Verb.RESUME, Verb.STATUS, Verb.HISTORY, Verb.AUDIT, Verb.PLAN)
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class _Said:
    """The words before the reason, the options among them, and the reason."""

    names: tuple[Word, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


def parse(verb: Verb | None, typed: str, config: Config) -> Parsed:
    """What was typed after a command. `verb` is the command's own; None for `/rollout`, whose first word is the verb."""
    text = read(typed)
    words = text.words
    if verb is not None:
        return _parsed(verb, text, 0, config)
    start = kubectl.prefix(words)
    if start >= len(words):
        return Blank(Verb.HELP)
    warned = kubectl.forbidden(words[start:], config)
    if warned:
        return Mistake(warned)
    if [word.text.lower() for word in words[start : start + 2]] == ["set", "image"]:
        return _image(text, start + 2, config)
    found = _verb(words[start].text.lower())
    if found is None:
        if words[start].name in config.apps:
            return _parsed(Verb.STATUS, text, start, config)
        return _unknown_verb(words[start].text, config)
    rest = start + 1 + kubectl.kinds(words[start + 1 :], config.apps)
    if found is Verb.STATUS and rest > start + 1 and rest == len(words):
        return Typed(Verb.LIST)
    return _parsed(found, text, rest, config)


def _image(text: Text, start: int, config: Config) -> Parsed:
    """`set image APP CONTAINER=IMAGE:TAG [ENV] [REASON]`: a deploy of that tag."""
    start += kubectl.kinds(text.words[start:], config.apps)
    try:
        return _tagged(_said(Verb.DEPLOY, text, start, 3, config), config)
    except Mistaken as mistaken:
        return Mistake(str(mistaken), usage(Verb.DEPLOY, config.commands))


def _tagged(said: _Said, config: Config) -> Typed:
    if len(said.names) < 2:
        raise Mistaken("Which app, and which image?")
    app, pair, *rest = said.names
    place = place_of(app, rest, said.options.get("namespace"), config)
    reason = said.options.get("reason") or said.reason
    return Typed(Verb.DEPLOY, place.app, place.name, kubectl.tag_of(pair.text, place), reason)


def _verb(word: str) -> Verb | None:
    return Verb(word) if word in set(Verb) else _ALIASES.get(word)


def _unknown_verb(word: str, config: Config) -> Mistake:
    likely = nearest(word, [*Verb, *config.apps])
    command = config.commands.rollout
    hint = f" Did you mean {' or '.join(likely)}?" if likely else f" It has: {choices(Verb, len(Verb))}."
    return Mistake(f"{command} has no “{word[:_SHOWN]}”.{hint}", f"{command} VERB APP [ENV]")


def _parsed(verb: Verb, text: Text, start: int, config: Config) -> Parsed:
    if start >= len(text.words) and verb not in (Verb.LIST, Verb.HELP):
        only = config.environments()
        known = len(only) == 1 and verb not in (Verb.DEPLOY, Verb.PLAN)
        return Typed(verb, only[0].app, only[0].name) if known else Blank(verb)
    try:
        return _understood(verb, text, start, config)
    except Mistaken as mistaken:
        return Mistake(str(mistaken), usage(verb, config.commands))


def _understood(verb: Verb, text: Text, start: int, config: Config) -> Typed | Blank:
    match verb:
        case Verb.LIST:
            return Typed(verb)
        case Verb.HELP:
            return Typed(verb, topic=text.since(start)[:_SHOWN].lower())
        case Verb.DEPLOY | Verb.PLAN:
            return _deploy(verb, _said(verb, text, start, 3, config), config)
        case _:
            return _placed(verb, _said(verb, text, start, 2, config), config)


def _said(verb: Verb, text: Text, start: int, slots: int, config: Config) -> _Said:
    """Sort the words: up to `slots` names, options among them, the rest is the reason."""
    names: list[Word] = []
    options: dict[str, str] = {}
    at = start
    while at < len(text.words):
        word = text.words[at]
        if word.option is not None:
            name, value = _known_option(verb, word, config)
            if name in ("reason", "full"):
                inline = text.since(at).partition("=")[2] if value is not None else text.since(at + 1)
                options[name] = inline.strip().strip('"')
                return _Said(tuple(names), options)
            if value is None and name not in _FLAGS:
                at += 1
                value = text.words[at].text if at < len(text.words) else ""
            options[name] = value or ""
        elif len(names) < slots and not _begins_reason(verb, names, word, config):
            names.append(word)
        else:
            return _Said(tuple(names), options, text.since(at))
        at += 1
    return _Said(tuple(names), options)


def _known_option(verb: Verb, word: Word, config: Config) -> tuple[str, str | None]:
    name, value = word.option or ("", None)
    known = _OPTIONS.get(verb, ())
    if name in _NAMESPACE:
        return "namespace", value
    if name in known:
        return name, value
    if name == "force":
        raise Mistaken(kubectl.force(config))
    likely = nearest(name, known)
    hint = f" Did you mean --{likely[0]}?" if likely else ""
    raise Mistaken(f"There is no option --{name[:_SHOWN]} here.{hint}")


def _begins_reason(verb: Verb, names: list[Word], word: Word, config: Config) -> bool:
    """Whether the word after the app begins the reason: the app has one environment, and no app has one of that name."""
    if verb in (*_REASONLESS, Verb.DEPLOY) or len(names) != 1:
        return False
    app = config.apps.get(app_of(names[0].name, config))
    if app is None or len(app.environments) != 1:
        return False
    return not any(word.name in found.environments for found in config.apps.values())


def _placed(verb: Verb, said: _Said, config: Config) -> Typed:
    if not said.names:
        raise Mistaken("Which app?")
    if said.reason and verb in _REASONLESS:
        hint = " A reason goes with --full." if verb is Verb.PROMOTE else ""
        raise Mistaken(f"“{said.reason[:_SHOWN]}” is more than {verb} takes.{hint}")
    run = place_of_run(said.names[0].name, config) if verb is Verb.TERMINATE else None
    if run is not None:
        said_last = [*(name.text for name in said.names), said.reason]
        return Typed(verb, run.app, run.name, reason=" ".join(said_last).strip())
    typed = _place(Typed(verb), said.names[0], said.names[1:], said, config)
    reason = said.options.get("full") or said.options.get("reason") or said.reason
    return replace(
        typed,
        reason=reason,
        number=_number(said.options.get("to")),
        revision=kubectl.revised(said.options.get("to-revision")),
        is_full="full" in said.options,
    )


def _deploy(verb: Verb, said: _Said, config: Config) -> Typed | Blank:
    if not said.names:
        raise Mistaken("Which app?")
    app, *rest = said.names
    carry, reason = said.options.get("from"), said.options.get("reason") or said.reason
    if reason and verb is Verb.PLAN:
        raise Mistaken(f"“{reason[:_SHOWN]}” is more than {verb} takes.")
    if carry is None:
        if not rest:
            if app_of(app.name, config) not in config.apps:
                raise Mistaken(no_app(app.name, config))
            return Blank(verb, app_of(app.name, config))
        return _place(Typed(verb, version=rest[0].text, reason=reason), app, rest[1:], said, config)
    if len(rest) > 1:
        raise Mistaken("Give a version or --from, not both.")
    if not carry:
        raise Mistaken("--from needs the environment whose healthy version is to be taken over.")
    return _place(Typed(verb, carry=carry.lstrip("#@"), reason=reason), app, rest, said, config)


def _place(typed: Typed, app: Word, environment: Sequence[Word], said: _Said, config: Config) -> Typed:
    found = place_of(app, environment, said.options.get("namespace"), config)
    return replace(typed, app=found.app, environment=found.name)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 < int(text[:9]) < 1000:
        raise Mistaken("--to takes a number from the history: 2 is the version before the one that is live.")
    return int(text)
