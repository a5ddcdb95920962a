"""What the command line's exit code says, the same for every command, and in `--json` as `exit`."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILED: "a check found something, or it did not work",
    Exit.USAGE: "wrong usage, settings or configuration",
    Exit.REFUSED: "a rule forbids it",
    Exit.UNREACHABLE: "Slack, the database or a cluster does not answer",
    Exit.INTERRUPTED: "interrupted with Ctrl-C",
}
"""Each code in words."""
