"""What the model keeps apart."""

import pytest

from strategies.argo.driver import Argo, Start
from strategies.model import Native, Revision, Walk
from strategies.steps import Plan
from tests.strategies.world import target


def test_what_one_driver_remembers_is_not_asked_of_another() -> None:
    ours = Walk("prod", target(routed=True), Native(Plan("careful", ())), Revision("v1", "v1"), 1)
    theirs = Walk("prod", target(routed=True), Argo(Start.DEPLOY), Revision("v1", "v1"), 1)
    assert ours.native.cursor == 0 and theirs.argo.start is Start.DEPLOY
    with pytest.raises(TypeError, match="walked by its controller"):
        _ = theirs.native
    with pytest.raises(TypeError, match="walked by Leadsman"):
        _ = ours.argo
