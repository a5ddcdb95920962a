"""What the command line prints: data to standard output, talk to standard error, colour only for a terminal that wants it."""

import json
import os
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer

from bot.config import Config, ConfigError, Settings, load_config
from bot.errors import LeadsmanError, NotConfigured, PermanentError
from handlers.cli.exits import Exit

T = TypeVar("T")


def out(text: str = "") -> None:
    """A line of data."""
    typer.echo(text)


def talk(text: str) -> None:
    """A line for the person who waits."""
    typer.echo(text, err=True)


def out_json(value: dict[str, Any], code: Exit = Exit.DONE) -> None:
    """One JSON document, with the exit code in it."""
    out(json.dumps({**value, "exit": int(code)}, ensure_ascii=False, indent=2, default=str))


def quit_with(code: Exit) -> NoReturn:
    """End the command with this code."""
    raise typer.Exit(int(code))


def fail(sentence: str, code: Exit) -> NoReturn:
    """Say why it did not work, and end."""
    talk(sentence)
    quit_with(code)


def code_of(error: LeadsmanError) -> Exit:
    """The exit code that an error means."""
    if isinstance(error, NotConfigured):
        return Exit.USAGE
    return Exit.FAILED if isinstance(error, PermanentError) else Exit.UNREACHABLE


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


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what goes wrong becomes a sentence and an exit code."""
    import asyncio

    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        quit_with(Exit.INTERRUPTED)
    except LeadsmanError as error:
        fail(str(error), code_of(error))


def is_terminal() -> bool:
    """Whether a person sits in front of standard output and wants colour."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
