"""What a verb was decided on, held against a Rollout as it was just read: where it differs, it is looked at and decided again."""

from strategies.argo.driver import ArgoVerb
from strategies.argo.seen import ArgoSeen
from strategies.argo.writes import ArgoWrite
from strategies.native.claims import claim_text


def stale(effect: ArgoWrite, seen: ArgoSeen) -> str:
    """What differs from what the verb was decided on, as `has the step 2 by now, not 0.`; empty where nothing does."""
    for what, found, expected in _facts(effect, seen):
        if found != expected:
            return f"has {what} {_said(found)} by now, not {_said(expected)}."
    return ""


def _facts(effect: ArgoWrite, seen: ArgoSeen) -> list[tuple[str, object, object]]:
    """Everything this verb depends on: the words for it, what is found, what was expected."""
    facts: list[tuple[str, object, object]] = [
        ("the claim", seen.claim and claim_text(seen.claim), effect.expect_claim and claim_text(effect.expect_claim))
    ]
    if effect.expect_hash:
        facts.append(("the pod hash", seen.current_hash, effect.expect_hash))
    if effect.expect_image:
        facts.append(("the image", seen.image, effect.expect_image))
    if effect.verb in (ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL):
        facts.append(("spec.paused", seen.spec_paused, effect.expect_paused))
    if effect.verb in (ArgoVerb.PROMOTE, ArgoVerb.SKIP):
        facts.append(("the step", seen.step, seen.step if effect.step is None else effect.step))
        facts.append(("the pauses", frozenset(one.key for one in seen.pauses), frozenset(effect.pauses)))
    return facts


def _said(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(f"{one.reason} since {one.started}" for one in value)) or "none"
    return "none" if value in (None, "") else str(value)
