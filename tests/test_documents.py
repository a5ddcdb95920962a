"""Documents that cannot lie: what README, guides and manifests say is what the code does."""

import gzip
import re
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.config import Config, Settings, load_config
from bot.config.shape import Commands, File
from handlers.cli import app
from handlers.cli.exits import MEANINGS
from handlers.cli.guides import GUIDES
from handlers.cli.late import COMMANDS, loaded
from handlers.cli.samples import CONFIGURATION, STRATEGY, TEMPLATE
from handlers.slack.manifest import slash_commands
from handlers.slack.parse import Verb
from strategies.registry import STRATEGIES, read_plan
from strategies.spec import KINDS
from strategies.steps import Plan

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def section(title: str) -> str:
    """The part of the README under a heading."""
    [found] = re.findall(rf"^## {title}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    return str(found)


def guide(topic: str) -> str:
    return CliRunner().invoke(app, ["help", topic], prog_name="leadsman").stdout


def tracked() -> list[Path]:
    """Every file of the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


class Spy(Mapping[str, str]):
    """An environment that remembers what was looked for in it."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def variables() -> set[str]:
    """Every variable that the settings are read from."""
    spy = Spy()
    Settings.from_environ(spy)
    return spy.asked


# The environment and the configuration


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_variable_of_the_environment_is_in_the_guide(name: str) -> None:
    plain = name.removesuffix("_FILE")
    told = guide("configuration")
    assert re.search(rf"^  {plain} ", told, re.MULTILINE)
    if plain != name:
        assert re.search(rf"\b{plain}\b.* may each stand in a file", told.replace("\n", " "))


def test_every_variable_is_in_the_readme_and_no_other_is() -> None:
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", section("Configuration")))
    assert told == {name for name in variables() if not name.endswith("_FILE")}


def test_every_key_of_the_configuration_is_in_the_guide() -> None:
    schema = File.model_json_schema(by_alias=True)
    parts = [schema, *schema["$defs"].values()]
    keys = {key for part in parts for key in part.get("properties", {})}
    told = {
        word
        for path in re.findall(r"^  ([a-zA-Z.]+)", guide("configuration"), re.MULTILINE)
        for word in path.split(".")
    }
    assert len(keys) > 30
    assert keys <= told


def test_the_readmes_configuration_is_the_guides_and_loads(tmp_path: Path) -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert textwrap.dedent(block) == CONFIGURATION
    (tmp_path / "leadsman.yaml").write_text(CONFIGURATION)
    found = load_config(tmp_path / "leadsman.yaml")
    assert isinstance(found, Config), "\n".join(map(str, found))
    assert f"/deploy {next(iter(found.apps))} " in section("Five minutes to a first rollout")


def test_the_guides_strategy_and_template_load_and_have_every_kind_of_step(tmp_path: Path) -> None:
    strategy = textwrap.indent(STRATEGY, "    ")
    head, rest = CONFIGURATION.split("strategies:\n")
    apps = rest[rest.index("apps:") :]
    head = head.replace("{context: my-cluster}", "{prometheus: http://prometheus.monitoring:9090}")
    text = f"{head}strategies:\n  careful:\n{strategy}{apps}analysisTemplates: template.yaml\n"
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "leadsman.yaml").write_text(text)
    found = load_config(tmp_path / "leadsman.yaml")
    assert isinstance(found, Config), "\n".join(map(str, found))
    assert all(f"- {kind}:" in STRATEGY for kind in KINDS)
    assert all(kind in guide("strategies").split("pause: {}\n")[1] for kind in KINDS)


def test_every_key_of_a_canary_is_in_the_guide() -> None:
    problems = read_plan("careful", {"canary": {"nonsense": 1}})
    assert isinstance(problems, tuple)
    [keys] = [problem.fix for problem in problems if "nonsense" in problem.sentence]
    assert all(key in guide("strategies") for key in re.findall(r"\b[a-z][a-zA-Z]+\b", keys))


def test_the_readmes_strategy_can_be_added_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    [code] = re.findall(r"```python\n(.*?)```", section("How to add a strategy"), re.DOTALL)
    made: dict[str, object] = {}
    exec(code, made)  # noqa: S102 -- the README's own lines
    monkeypatch.setitem(STRATEGIES, "allAtOnce", made["all_at_once"])
    assert isinstance(read_plan("quick", {"allAtOnce": {}}), Plan)
    assert not isinstance(read_plan("quick", {"allAtOnce": {"weight": 5}}), Plan)


# Commands


def commands() -> dict[str, set[str]]:
    """Every command of the command line, such as `audit verify`, with its options."""
    found: dict[str, set[str]] = {}
    for name in COMMANDS:
        command = loaded(name)
        inner = getattr(command, "commands", None)
        for more, one in inner.items() if inner else [("", command)]:
            options = {option for parameter in one.params for option in parameter.opts}
            found[f"{name} {more}".strip()] = options | {"-h", "--help"}
    return found


def test_every_command_is_in_the_readme_and_in_the_guide() -> None:
    readme = section("Commands")
    for name in commands():
        group, _, verb = name.partition(" ")
        assert f"`leadsman {group}" in readme
        assert not verb or re.search(rf"`leadsman {group} .*\b{verb}\b", readme)
        assert f"  leadsman {name}" in guide("commands")


def test_every_slash_command_and_verb_is_in_the_readme_and_in_the_guide() -> None:
    readme, told = section("Commands"), guide("commands")
    for slash in slash_commands(Commands()):
        assert f"`{slash.command} " in readme
        assert f"  {slash.command} " in told
    for verb in Verb:
        assert re.search(rf"\b{verb}\b", readme)
        assert re.search(rf"^  /(rollout )?{verb}\b", told, re.MULTILINE)


def test_the_exit_codes_of_the_readme_are_those_there_are() -> None:
    [told] = re.findall(r"Exit codes: (.*)\.", section("Commands"))
    assert [int(code) for code in re.findall(r"(\d+) [a-z]", told)] == [int(code) for code in MEANINGS]


def typed() -> Iterator[tuple[str, str]]:
    """Every `leadsman …` to be typed in a document or a sentence of the code, with where it stands."""
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if path.suffix == ".md":
            text = path.read_text()
            yield from (
                (name, found) for found in re.findall(r"(?:^ +|`)leadsman ([a-z].*?)(?=`|$|#)", text, re.MULTILINE)
            )
        elif path.suffix in (".py", ".yaml") and not name.startswith("tests/"):
            yield from ((name, found) for found in re.findall(r"`leadsman ([a-z][^`{]*)`", path.read_text()))


@pytest.mark.parametrize(("where", "words"), sorted(set(typed())))
def test_every_command_that_a_text_tells_to_type_exists(where: str, words: str) -> None:
    known = commands()
    parts = re.split(r"[,\s]+", words.partition(" > ")[0].strip())
    name = " ".join(parts[:2]) if " ".join(parts[:2]) in known else parts[0]
    groups = {group for group, _, verb in (one.partition(" ") for one in known) if verb}
    assert name in known or parts[0].partition("|")[0] in groups, f"{where}: leadsman {words}"
    options = {part.partition("=")[0] for part in parts if part.startswith("-")}
    assert options <= known.get(name, options), f"{where}: leadsman {words}"


# The README's own commands and links


def test_the_readmes_two_commands_are_the_ones_that_are_run() -> None:
    blocks = [line.strip() for line in README.splitlines() if line.startswith("    python3 -m venv")]
    first, second = blocks
    [marked] = re.findall(r"<!-- tests -->\n\n    (.*)\n\n<!-- end -->", README)
    ci = (ROOT / ".ci" / "run").read_text()
    assert second == marked
    assert "s/^    //p}' README.md" in ci
    assert 'bash -euo pipefail -c "$test_command"' in ci
    assert first == second.replace("-e '.[dev]'", ".").replace("pytest -n auto", "leadsman demo")
    assert "demo" in commands()


def test_links_point_to_what_is_there() -> None:
    checked = 0
    for path in (one for one in tracked() if one.suffix == ".md"):
        for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
            if not link.startswith(("http://", "https://", "#")):
                assert (path.parent / link.partition("#")[0]).exists(), f"{path.name}: {link}"
                checked += 1
    assert checked > 5


def test_the_readme_stays_short() -> None:
    assert len(README.splitlines()) < 200


# What belongs in no file

FOREIGN = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "proxy.golang" + ".org",
    "crates" + ".io",
    "/work" + "/",
    "shared" + "/facts",
    "shared" + "/cases",
    "shared" + "/design",
    "clau" + "de",
    "anthro" + "pic",
    "open" + "ai",
    "chat" + "gpt",
    "co-authored" + "-by",
)
"""Package registries, somebody's workplace, and names that are none of ours."""


def test_no_file_names_what_does_not_belong() -> None:
    for path in tracked():
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode(errors="ignore").lower()
        found = [word for word in FOREIGN if word in text]
        assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_every_guide_says_something() -> None:
    assert all(len(guide(topic)) > 300 for topic in GUIDES)
