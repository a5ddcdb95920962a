"""What the command line's exit code says, the same for every command, and in `--json` as `exit`."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1  # a check found something, or a rollout failed
    USAGE = 2
    REFUSED = 3  # a rule forbids it
    UNREACHABLE = 4  # Slack, the store or a cluster does not answer
    INTERRUPTED = 130
