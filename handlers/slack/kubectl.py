"""kubectl's words, as people paste them from guides: what stands before that which is meant, what must never be done, and images.

Some guides have commands that do harm or do nothing. Those are refused, each with the way that leads where its author wants to go.
"""

from collections.abc import Mapping, Sequence

from bot.config.config import Config, Environment
from handlers.slack.words import Mistaken, Word

_PREFIXES = (
    ("kubectl", "argo", "rollouts"),
    ("kubectl", "argo", "rollout"),
    ("kubectl-argo-rollouts",),
    ("argo", "rollouts"),
    ("kubectl", "rollout"),
    ("kubectl",),
)
_KINDS = ("rollout", "rollouts", "ro", "deployment", "deployments", "deploy")
"""`retry rollout checkout`, as kubectl has it."""

_RUNS = ("analysisrun", "analysisruns", "ar")
_EXPERIMENTS = ("experiment", "experiments", "exp")
_CONTROLLER = ("controller", "argo-rollouts")
_NO_PODS = ("0", "--replicas=0", "zero")
_SHOWN = 80


def prefix(words: Sequence[Word]) -> int:
    """How many words in front only say which program was meant."""
    said = tuple(word.text.lower() for word in words[:3])
    return next((len(one) for one in _PREFIXES if said[: len(one)] == one), 0)


def kinds(words: Sequence[Word], apps: Mapping[str, object]) -> int:
    """How many words after the verb only say what kind of thing is meant."""
    said = words[0].text.lower() if words else ""
    return 1 if said in (*_KINDS, *_RUNS) and words[0].text not in apps else 0


def forbidden(words: Sequence[Word], config: Config) -> str:
    """Why what was typed is never done, and the right way; empty for everything else. The first word is the verb."""
    said = [word.text.lower() for word in words]
    if said[0] == "scale":
        return _scale(words, said[1:], config)
    if said[0] in ("terminate", "retry") and len(said) > 1 and said[1] in _EXPERIMENTS:
        rollout = config.commands.rollout
        return f"An experiment is a step of its Rollout here: {rollout} skip leaves that step, {config.commands.abort} goes back."
    if said[0] == "lint":
        return "Files are checked on a terminal: leadsman lint FILE…"
    return ""


def _scale(words: Sequence[Word], said: Sequence[str], config: Config) -> str:
    names = config.commands
    if any(part in word for word in said for part in _CONTROLLER):
        return (
            "Not done. Without its controller every Rollout in the cluster stops where it is, those of other teams too. "
            f"To go past the steps that are left, type {names.promote} APP --full REASON; to go back, {names.abort} APP REASON."
        )
    app = next((word.name for word in words[1:] if word.name in config.apps), "APP")
    if any(word in _NO_PODS for word in said):
        return (
            "Not done. That takes away every pod, those of the version that serves users too: an outage. "
            f"To take only the new version back, type {names.abort} {app} REASON."
        )
    return (
        "Not done. Leadsman does not change how many pods there are: change spec.replicas where it is kept, in Git or "
        f"by the autoscaler. To take a new version back, type {names.abort} {app} REASON."
    )


def force(config: Config) -> str:
    """The right ways for `--force`."""
    names = config.commands
    return (
        "There is no --force: a Rollout knows none. To send all traffic back while a rollout is live, type "
        f"{names.abort} APP REASON; to go back after its end, {names.rollback} APP."
    )


def revised(text: str | None) -> int | None:
    """The number of `--to-revision`: 0 and nothing mean the one before, as for kubectl. Raises Mistaken for what is no number."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise Mistaken("--to-revision takes the number of a revision, as the tree in Details shows it.")
    return int(text) or None


def tag_of(pair: str, place: Environment) -> str:
    """The version in `container=image:tag`, or in `image:tag`. Raises Mistaken for another image or container than the configured."""
    before, equals, after = pair.partition("=")
    container, image = (before, after) if equals else ("*", pair)
    name, _, tag = image.rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "")
    if "@" in image or not tag:
        raise Mistaken(f"“{image[:_SHOWN]}” has no tag. Write it as {place.image}:TAG.")
    where = f"{place.app} in {place.name}"
    if container not in ("*", place.target.container):
        raise Mistaken(
            f"{where} is rolled out in its container {place.target.container}, not in “{container[:_SHOWN]}”. "
            f"Write {place.target.container}={place.image}:TAG."
        )
    if name not in ("", place.image):
        raise Mistaken(
            f"{place.app} runs {place.image}, and “{name[:_SHOWN]}” is another image. Deploy a tag of {place.image}, or "
            "have `image` changed in the configuration."
        )
    return tag
