"""Every request in the recordings, and ours for the same verb on the same objects: they leave the same behind, or ours says why not.

| verb | recorded request | ours | guard | reason where they differ |
|---|---|---|---|---|
| set image | PUT of the whole object | its image | old image, generation | nothing else is overwritten (02, 11b) |
| promote | `pauseConditions: null` | the same | the pauses, step, abort, generation | never another pause or revision (15a) |
| promote past Inconclusive | and `controllerPause: false`, step + 1 | the same | and the run's verdict | (08c) |
| promote while paused | status, then spec | spec, then status | both times the same | the pause was put back between them (05) |
| the same past Inconclusive | – | only status, resume later | no pause, no controllerPause | the next pause is not eaten (08l) |
| skip | step + 1 | the same | no pause, step | a second promote is no skip (15d) |
| promote --full | `promoteFull: true` | the same | abort, stableRS, generation | never what was aborted (15e), never lost (15b) |
| pause, resume | `spec.paused` | the same | what it was | |
| abort | `abort: true` | the same | promoteFull, stableRS | never ignored (15c, 15e) |
| retry | `abort: false` | the same | abort, generation, updatedReplicas | never past a gate (09f, 09i) |
| undo | `/spec/template` | the same | generation | |
| restart | `restartAt` | the same | what it was | |
"""

from copy import deepcopy

import pytest

from bot.playground.kubernetes.json_patch import PatchFailedError
from strategies.argo.driver import ArgoVerb
from tests.strategies.argo.recording import NAMES
from tests.strategies.argo.requests import asked, content, ours, patched, theirs, write_of
from tests.strategies.argo.stale import GUARDS, always, changed, next_step, one_more_pause, same_pause_later

NOT_SENT = {
    "09f-97": "is still up until 10:00:32 UTC",
    "09i-88": "is still up until 10:00:31 UTC",
    "10b-127": "has image registry.example/web:v2 already",
    "15a-102": "has not taken up the last change",
    "15b-191": "has not taken up the last change",
    "15c-134": "Argo ignores an abort then",
    "15d-106": "was promoted just now",
    "15e-52": "is past its last step",
    "15e-59": "is not aborted",
    "15e-64": "has nothing to abort",
    "15e-153": "is aborted: promote does nothing now",
    "15e-164": "would bring the aborted revision live",
}
"""Requests that were sent then and that we do not send, by recording and entry: the telling words of our sentence."""


@pytest.mark.parametrize("name", NAMES)
def test_our_patches_leave_what_the_recorded_requests_left_or_say_why_they_are_not_sent(name: str) -> None:
    for one in asked(name):
        write, container = write_of(one)
        before = deepcopy(one.objects)
        written = patched(write, one.objects, container)
        assert one.objects == before, one
        key = str(one).split(":")[0]
        if isinstance(written, tuple):
            assert key not in NOT_SENT, one
            assert content(ours(one.objects, written)) == content(theirs(one)), one
        else:
            assert NOT_SENT[key] in written.sentence, one


@pytest.mark.parametrize("name", NAMES)
def test_a_patch_fails_on_a_rollout_that_changed_after_it_was_written(name: str) -> None:
    for one in asked(name):
        write, container = write_of(one)
        written = patched(write, one.objects, container)
        if not isinstance(written, tuple):
            continue
        for change in (*always(write), *GUARDS[write.verb]):
            with pytest.raises(PatchFailedError):
                pytest.fail(f"{one} was done after {change}: {ours(changed(one.objects, change), written)}")


@pytest.mark.parametrize("name", NAMES)
def test_a_verb_decided_on_another_revision_pause_or_claim_is_not_written_at_all(name: str) -> None:
    for one in asked(name):
        write, container = write_of(one)
        if not isinstance(patched(write, one.objects, container), tuple):
            continue
        stale = (next_step, same_pause_later, one_more_pause) if write.verb is ArgoVerb.PROMOTE else ()
        for change in (*always(write), *stale):
            if change is next_step and write.step is None:
                continue
            found = patched(write, changed(one.objects, change), container)
            assert not isinstance(found, tuple), f"{one} after {change}"
            assert "by now, not" in found.sentence


def test_the_recordings_hold_every_verb_that_can_be_compared() -> None:
    verbs = {write_of(one)[0].verb for name in NAMES for one in asked(name)}
    assert verbs == set(ArgoVerb) - {ArgoVerb.TERMINATE, ArgoVerb.CLAIM}
