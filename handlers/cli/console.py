"""What the command line prints: data to standard output, talk to standard error, no colour and nothing that moves."""

import asyncio
import json
import os
import re
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer

from bot.config import Config, ConfigError, Settings, load_config
from bot.config.config import Environment, Unknown
from bot.errors import LeadsmanError, NotConfigured, PermanentError, StoreTaken
from handlers.cli.exits import Exit

T = TypeVar("T")

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What steers a terminal or hides text in it. Some of what is printed was typed by people."""


def out(text: str = "") -> None:
    """A line of data."""
    typer.echo(_UNSEEN.sub("�", text))


def talk(text: str) -> None:
    """A line for the person who waits."""
    typer.echo(_UNSEEN.sub("�", text), err=True)


def out_json(value: dict[str, Any], code: Exit = Exit.DONE) -> None:
    """One JSON document, with the exit code in it."""
    text = json.dumps({**value, "exit": int(code)}, ensure_ascii=False, indent=2, default=str)
    typer.echo(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def quit_with(code: Exit) -> NoReturn:
    """End the command with this code."""
    raise typer.Exit(int(code))


def fail(sentence: str, code: Exit) -> NoReturn:
    """Say why it did not work, and end."""
    talk(sentence)
    quit_with(code)


def code_of(error: LeadsmanError) -> Exit:
    """The exit code that an error means."""
    match error:
        case NotConfigured():
            return Exit.USAGE
        case StoreTaken():
            return Exit.UNREACHABLE
        case PermanentError():
            return Exit.FAILED
        case _:
            return Exit.UNREACHABLE


def settings() -> Settings:
    """The settings from the environment; ends the command with every mistake in them."""
    found = Settings.from_environ(os.environ)
    if isinstance(found, tuple):
        fail("\n".join(map(str, found)), Exit.USAGE)
    return found


def config(found: Settings) -> Config:
    """The configuration; ends the command with every mistake in it."""
    read = load_config(found.config)
    if isinstance(read, tuple):
        fail(str(ConfigError(read)), Exit.USAGE)
    return read


def place(known: Config, app: str, environment: str | None) -> Environment:
    """The environment that was named; ends the command with the nearest names where there is none."""
    found = known.environment(app, environment)
    if isinstance(found, Unknown):
        fail(found.sentence, Exit.USAGE)
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what goes wrong becomes a sentence and an exit code."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        quit_with(Exit.INTERRUPTED)
    except LeadsmanError as error:
        fail(str(error), code_of(error))
