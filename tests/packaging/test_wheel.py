"""The wheel, built and installed into an empty environment: it has all that runs, nothing else, and runs from anywhere."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "handlers", "strategies")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as a release is."""
    out = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)], out)
    [built] = out.glob("*.whl")
    return built


def run(command: list[str], folder: Path) -> str:
    """What a command prints that must succeed. It sees nothing of this project but what is installed."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_holds_every_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == ours
    assert any(name.endswith("licenses/LICENSE") for name in about)
    for needed in ("bot/playground/kubernetes/schema.json", "bot/playground/slack/site/page.html", "bot/py.typed"):
        assert needed in names
    assert any(name.startswith("bot/store/migrations/versions/") for name in names)
    assert any(name.endswith(".ttf") for name in names)


def test_installed_into_an_empty_environment_the_demo_runs_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    python = installed(wheel, tmp_path / "environment")
    found = run([str(python), "-c", "import bot, handlers, strategies; print(bot.__file__)"], elsewhere)
    assert Path(found.strip()).is_relative_to(tmp_path)
    story = ["demo", "--headless", "--scenario", "good", "--speed", "100"]
    printed = run([str(python.parent / "leadsman"), *story], elsewhere)
    assert printed.strip().splitlines()[-1] == "checkout/prod: Healthy v1.4.2"
    assert "[chart]" in printed
    assert list(elsewhere.iterdir()) == []


def installed(wheel: Path, environment: Path) -> Path:
    """A new environment with the wheel in it; its dependencies are found where the tests have theirs. Its Python."""
    run([sys.executable, "-m", "venv", "--without-pip", str(environment)], wheel.parent)
    python = environment / "bin" / "python"
    install = ["-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", str(wheel)]
    run([sys.executable, *install], wheel.parent)
    [packages] = environment.glob("lib/python*/site-packages")
    theirs = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "dependencies.pth").write_text("\n".join(sorted(theirs)) + "\n")
    return python
