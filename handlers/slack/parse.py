"""The grammar of the slash commands: what was typed, as what is meant, or the sentence that says how to type it.

    /deploy APP VERSION [ENV [REASON]]      /deploy APP [ENV [REASON]] --from ENV
    /promote APP [ENV] [--full REASON]      /abort APP [ENV] REASON      /rollback APP [ENV] [--to N] [REASON]
    /rollout VERB …                         the same verbs and the rest of them; kubectl's words are understood, too

ENV may be left out where the app has one. Nothing is guessed: a word that could be another environment is never taken
for the beginning of a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.config.config import Config, Unknown
from bot.config.names import choices, nearest
from bot.help import usage
from handlers.slack.words import Text, Word, read


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
    "restart": Verb.RETRY,
    "start": Verb.DEPLOY,
    "stop": Verb.ABORT,
    "undo": Verb.ROLLBACK,
    "unpause": Verb.RESUME,
}
"""Words of other tools for the same."""

_NOISE = ("rollout", "rollouts", "ro")
"""`retry rollout checkout`, as kubectl has it."""

_OPTIONS: Mapping[Verb, tuple[str, ...]] = {
    Verb.DEPLOY: ("from", "reason"),
    Verb.PLAN: ("from",),
    Verb.PROMOTE: ("full",),
    Verb.ROLLBACK: ("to", "reason"),
    Verb.ABORT: ("reason",),
    Verb.PAUSE: ("reason",),
    Verb.RETRY: ("reason",),
    Verb.APPROVE: ("reason",),
    Verb.REJECT: ("reason",),
    Verb.SKIP: ("reason",),
}
_REASONLESS = (Verb.PROMOTE, Verb.RESUME, Verb.STATUS, Verb.HISTORY, Verb.AUDIT, Verb.PLAN)
_SHOWN = 80


class _Mistaken(Exception):  # noqa: N818 -- never leaves this module
    """The sentence of a `Mistake`."""


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
    if not words:
        return Blank(Verb.HELP)
    found = _verb(words[0].text.lower())
    if found is None:
        if words[0].name in config.apps:
            return _parsed(Verb.STATUS, text, 0, config)
        return _unknown_verb(words[0].text, config)
    start = 1
    if len(words) > 2 and words[1].text.lower() in _NOISE and words[1].text not in config.apps:
        start = 2
    return _parsed(found, text, start, config)


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
    except _Mistaken as mistaken:
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
            name, value = _known_option(verb, word)
            if name in ("reason", "full"):
                inline = text.since(at).partition("=")[2] if value is not None else text.since(at + 1)
                options[name] = inline.strip().strip('"')
                return _Said(tuple(names), options)
            if value is None:
                at += 1
                value = text.words[at].text if at < len(text.words) else ""
            options[name] = value
        elif len(names) < slots and not _begins_reason(verb, names, word, config):
            names.append(word)
        else:
            return _Said(tuple(names), options, text.since(at))
        at += 1
    return _Said(tuple(names), options)


def _known_option(verb: Verb, word: Word) -> tuple[str, str | None]:
    name, value = word.option or ("", None)
    known = _OPTIONS.get(verb, ())
    if name in known:
        return name, value
    likely = nearest(name, known)
    hint = f" Did you mean --{likely[0]}?" if likely else ""
    raise _Mistaken(f"There is no option --{name[:_SHOWN]} here.{hint}")


def _begins_reason(verb: Verb, names: list[Word], word: Word, config: Config) -> bool:
    """Whether the word after the app begins the reason: the app has one environment, and no app has one of that name."""
    if verb in (*_REASONLESS, Verb.DEPLOY) or len(names) != 1:
        return False
    app = config.apps.get(names[0].name)
    if app is None or len(app.environments) != 1:
        return False
    return not any(word.name in found.environments for found in config.apps.values())


def _placed(verb: Verb, said: _Said, config: Config) -> Typed:
    if not said.names:
        raise _Mistaken("Which app?")
    if said.reason and verb in _REASONLESS:
        hint = " A reason goes with --full." if verb is Verb.PROMOTE else ""
        raise _Mistaken(f"“{said.reason[:_SHOWN]}” is more than {verb} takes.{hint}")
    typed = _place(Typed(verb), said.names[0], said.names[1] if len(said.names) > 1 else None, config)
    reason = said.options.get("full") or said.options.get("reason") or said.reason
    return replace(typed, reason=reason, number=_number(said.options.get("to")), is_full="full" in said.options)


def _deploy(verb: Verb, said: _Said, config: Config) -> Typed | Blank:
    if not said.names:
        raise _Mistaken("Which app?")
    app, *rest = said.names
    carry, reason = said.options.get("from"), said.options.get("reason") or said.reason
    if reason and verb is Verb.PLAN:
        raise _Mistaken(f"“{reason[:_SHOWN]}” is more than {verb} takes.")
    if carry is None:
        if not rest:
            if app.name not in config.apps:
                raise _Mistaken(_no_app(app.name, config))
            return Blank(verb, app.name)
        typed = Typed(verb, version=rest[0].text, reason=reason)
        return _place(typed, app, rest[1] if len(rest) > 1 else None, config)
    if len(rest) > 1:
        raise _Mistaken("Give a version or --from, not both.")
    if not carry:
        raise _Mistaken("--from needs the environment whose healthy version is to be taken over.")
    return _place(Typed(verb, carry=carry.lstrip("#@"), reason=reason), app, rest[0] if rest else None, config)


def _place(typed: Typed, app: Word, environment: Word | None, config: Config) -> Typed:
    found = config.environment(app.name, environment.name if environment else None)
    if isinstance(found, Unknown):
        raise _Mistaken(found.sentence)
    return replace(typed, app=found.app, environment=found.name)


def _no_app(name: str, config: Config) -> str:
    found = config.app(name)
    return found.sentence if isinstance(found, Unknown) else ""


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 < int(text[:9]) < 1000:
        raise _Mistaken("--to takes a number from the history: 2 is the version before the one that is live.")
    return int(text)
