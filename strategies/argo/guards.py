"""What a patch is held to: the tests in it, and what of a freshly read Rollout they come from."""

from typing import Any

from strategies.argo.fields import Thing, flag, name, text
from strategies.argo.steps import steps_of
from strategies.native.patches import Operation, expect


def as_is(thing: Thing, *path: str) -> Operation:
    """The test that the value at this path still is what it is here, or still is not there.

    A `test` below a key that is missing fails whatever it asks for, so that the missing key itself is tested then.
    """
    found: Any = thing
    for depth, key in enumerate(path, start=1):
        found = found.get(key)
        if found is None:
            return expect(pointer(*path[:depth]), None)
    return expect(pointer(*path), found)


def pointer(*path: str) -> str:
    """A path of keys as RFC 6901 writes it."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def called(thing: Thing, kind: str = "Rollout") -> str:
    """An object as people know it: its kind, namespace and name."""
    return f"{kind} {text(thing, 'metadata', 'namespace')}/{name(thing)}"


def is_step_inconclusive(rollout: Thing) -> bool:
    """Whether the run of the canary's present step was Inconclusive and holds it there."""
    run = text(rollout, "status", "canary", "currentStepAnalysisRunStatus", "status")
    return bool(steps_of(rollout)) and run == "Inconclusive" and flag(rollout, "status", "controllerPause")
