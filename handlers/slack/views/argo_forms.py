"""What an act on a walk of Argo's controller does, where that is not what it does to every rollout."""

from handlers.slack.ids import FormId
from handlers.slack.views.argo import accepting, is_switched, switches
from handlers.slack.views.names import place_name, version_name
from handlers.slack.views.news import weight_now
from handlers.slack.views.prose import Bold, Line
from strategies.argo.driver import Start
from strategies.snapshot import Snapshot


def effect(form: FormId, shown: Snapshot) -> Line:
    """The act's effect in bold, then what else one should know; empty for what means the same whoever walks."""
    match form:
        case FormId.ABORT | FormId.REJECT:
            return _back(shown)
        case FormId.ROLL_BACK if shown.left:
            return _mended(shown)
        case FormId.SKIP if switches(shown) and not is_switched(shown):
            version = version_name(shown.candidate.version)
            place = place_name(shown.app, shown.environment)
            said = " The audit says that you skipped what stood before it."
            return (Bold(f"All traffic of {place} switches to {version} now."), said)
        case FormId.ACCEPT if switches(shown):
            return (Bold(f"This {accepting(shown)} as if the checks had passed."), " The audit says that you did.")
        case _:
            return ()


def _back(shown: Snapshot) -> Line:
    """The way back, and what the controller is left with."""
    if shown.start is Start.RESTART:
        said = " Argo Rollouts goes on with it: a restart cannot be taken back."
        return (Bold("Leadsman follows this restart no further."), said)
    place, version = place_name(shown.app, shown.environment), version_name(shown.candidate.version)
    stays = switches(shown) and not is_switched(shown)
    back = f"All traffic of {place} {'stays on' if stays else 'goes back to'} {version_name(shown.base.version)}."
    now = "" if stays else f" {version} has {weight_now(shown)}% now."
    return (Bold(back), f"{now} Its Rollout still asks for {version} then, until it is given another version.")


def _mended(shown: Snapshot) -> Line:
    """A rollback where an abort has brought the traffic back already."""
    base, place = version_name(shown.base.version), place_name(shown.app, shown.environment)
    return (
        Bold(f"The Rollout asks for {base} again."),
        f" {base} has all traffic of {place} already, so nothing moves.",
    )
