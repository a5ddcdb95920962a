"""The configuration is read again while the bot runs: a good edit is told with its difference, a bad one keeps the old."""

from pathlib import Path

from bot.config import ConfigWatch, Kept, Reloaded
from tests.bot.config.conftest import Folder


def test_nothing_changed_says_nothing(folder: Folder) -> None:
    watch = ConfigWatch(folder.file, folder.good())
    assert watch.look() is None
    folder.edit("roles:", "# only a comment\nroles:")
    assert watch.look() is None


def test_a_good_edit_is_in_force_and_told_with_its_difference(folder: Folder) -> None:
    before = folder.good()
    watch = ConfigWatch(folder.file, before)
    folder.edit("strategy: careful", "strategy: quick")
    folder.edit('"@sre", "U02QUARTER"', '"@sre", "U03FINCH"')
    folder.edit("ownApproval: true\n        ", "")
    folder.edit("0.95", "0.99", "analysis/success-rate.yaml")
    change = watch.look()
    assert isinstance(change, Reloaded)
    assert change.old is before
    assert change.new is watch.current
    assert set(change.changes) == {
        "apps.checkout.environments.prod.strategy: careful → quick",
        "roles.approver: without U02QUARTER",
        "roles.approver: with U03FINCH",
        "apps.checkout.environments.dev.ownApproval: removed, was true",
        "templates.success-rate.spec.metrics[0].successCondition: result[0] >= 0.95 → result[0] >= 0.99",
    }


def test_a_bad_edit_keeps_the_old_configuration_and_is_told_once(folder: Folder) -> None:
    before = folder.good()
    watch = ConfigWatch(folder.file, before)
    folder.edit("strategy: careful", "strategy: nope")
    change = watch.look()
    assert isinstance(change, Kept)
    assert "there is no strategy 'nope'" in str(change.problems[0])
    assert watch.current is before
    assert watch.look() is None
    folder.edit("strategy: nope", "strategy: quick")
    assert isinstance(watch.look(), Reloaded)


def test_a_running_installation_keeps_its_name(folder: Folder) -> None:
    watch = ConfigWatch(folder.file, folder.good())
    folder.edit("roles:", "instance: other\nroles:")
    change = watch.look()
    assert isinstance(change, Kept)
    assert "a running installation cannot change its name" in str(change.problems[0])
    assert watch.current.instance == "leadsman"


def test_a_file_that_comes_or_goes_is_noticed(folder: Folder) -> None:
    watch = ConfigWatch(folder.file, folder.good())
    text = (folder.root / "analysis/success-rate.yaml").read_text()
    folder.write("analysis/latency.yaml", text.replace("success-rate", "latency"))
    change = watch.look()
    assert isinstance(change, Reloaded)
    assert change.changes[0].startswith("templates.latency: added, {")
    (folder.root / "analysis/latency.yaml").unlink()
    gone = watch.look()
    assert isinstance(gone, Reloaded)
    assert gone.changes[0].startswith("templates.latency: removed, was {")
    folder.file.unlink()
    assert isinstance(watch.look(), Kept)


def test_a_mounted_configmap_that_swaps_its_link_is_noticed(folder: Folder, tmp_path: Path) -> None:
    old, new = tmp_path / "..1", tmp_path / "..2"
    for version in (old, new):
        version.mkdir()
        (version / "leadsman.yaml").write_text(folder.file.read_text())
    (new / "leadsman.yaml").write_text(folder.file.read_text().replace("setWeight: 10", "setWeight: 20"))
    mount = tmp_path / "mount"
    mount.mkdir()
    (mount / "analysis").symlink_to(folder.root / "analysis")
    (mount / "..data").symlink_to(old)
    (mount / "leadsman.yaml").symlink_to(Path("..data") / "leadsman.yaml")
    folder.root = mount
    watch = ConfigWatch(mount / "leadsman.yaml", folder.good())
    assert watch.look() is None
    (mount / "..data").unlink()
    (mount / "..data").symlink_to(new)
    change = watch.look()
    assert isinstance(change, Reloaded)
    assert change.changes == ("strategies.careful.canary.steps[0].setWeight: 10 → 20",)
