"""What a person meets before anything works: help, typing errors, exit codes, and mistakes of settings and files."""

import subprocess
import sys

import pytest

from bot.config import Config, load_config
from handlers.cli.exits import MEANINGS, Exit
from handlers.cli.guides import GUIDES
from handlers.cli.late import COMMANDS, loaded
from handlers.cli.samples import ARGO
from strategies.model import WorkloadKind
from tests.handlers.cli.conftest import Shell


@pytest.mark.parametrize("typed", [[], ["-h"], ["--help"]])
def test_alone_and_with_h_it_shows_examples_before_anything_else(shell: Shell, typed: list[str]) -> None:
    ended = shell(*typed)

    printed = ended.out + ended.err
    assert printed.index("leadsman demo") < printed.index("Options:") < printed.index("Commands:")
    assert "leadsman run " in printed


def test_every_exit_code_is_in_the_help(shell: Shell) -> None:
    printed = shell("-h").out
    assert set(MEANINGS) == set(Exit)
    for code, meaning in MEANINGS.items():
        assert f"{int(code):<4} {meaning}" in printed


def test_every_command_says_in_one_line_what_it_does(shell: Shell) -> None:
    listed = shell("-h").out.split("Commands:\n")[1].split("\n\n")[0]
    assert len(listed.splitlines()) == 12
    assert "..." not in listed


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_every_command_what_it_says_of_itself(shell: Shell, name: str) -> None:
    assert COMMANDS[name][1] in " ".join(shell(name, "-h").out.split())
    assert loaded(name).get_short_help_str(limit=200) == COMMANDS[name][1]


def test_help_and_lint_load_neither_store_nor_cluster_nor_slack() -> None:
    look = "import sys; from handlers.cli.late import loaded; loaded('lint'); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout.split()
    assert not {"sqlmodel", "kubernetes", "aiohttp", "slack_sdk", "apscheduler"} & set(modules)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["chekc"], "check"),
        (["audit", "verfy"], "verify"),
        (["demo", "--lits"], "--list"),
        (["demo", "--scenario", "eror"], "errors"),
        (["help", "confguration"], "configuration"),
        (["status", "chekout"], "checkout"),
        (["plan", "checkout", "v1.4.2", "prd"], "prod"),
        (["rbac", "dmeo"], "demo"),
    ],
)
def test_a_typing_error_is_told_with_what_was_probably_meant(shell: Shell, typed: list[str], meant: str) -> None:
    shell.shop()
    ended = shell(*typed)

    assert ended.code == Exit.USAGE
    assert ended.out == ""
    assert meant in ended.err.splitlines()[-1]


def test_a_missing_word_is_told_with_the_usage(shell: Shell) -> None:
    ended = shell("plan", "checkout")
    assert ended.code == Exit.USAGE
    assert "leadsman plan [OPTIONS] {APP} {VERSION} [ENV]" in ended.err


@pytest.mark.parametrize(
    "typed", [["status", "checkout"], ["plan", "checkout", "v1"], ["rbac", "main"], ["slack-manifest"]]
)
def test_a_missing_configuration_is_one_sentence_with_the_way_on(shell: Shell, typed: list[str]) -> None:
    ended = shell(*typed)
    assert ended.code == Exit.USAGE
    assert ended.err == (
        "leadsman.yaml:1: there is no such file. Write it, as leadsman help configuration shows, or correct LEADSMAN_CONFIG.\n"
    )


def test_every_mistake_of_a_broken_configuration_is_told_with_its_line(shell: Shell) -> None:
    shell.shop()
    shell.edit("namespace: shop", "namespace: Shop")
    shell.edit("strategy: careful", "stratgy: careful")
    ended = shell("status", "checkout")
    assert ended.code == Exit.USAGE
    assert len(ended.err.splitlines()) >= 2
    assert all(line.startswith("leadsman.yaml:") for line in ended.err.splitlines())


def test_a_tab_in_the_configuration_is_told_with_its_line(shell: Shell) -> None:
    shell.write("leadsman.yaml", 'slack:\n\tchannel: "#deploys"\n')
    ended = shell("status", "checkout")
    assert ended.code == Exit.USAGE
    assert ended.err.startswith("leadsman.yaml:2: ")


def test_a_wrong_setting_is_told_without_its_value(shell: Shell) -> None:
    ended = shell("audit", "verify", SLACK_BOT_TOKEN="hunter2-very-secret")
    assert ended.code == Exit.USAGE
    assert "SLACK_BOT_TOKEN" in ended.err
    assert "hunter2" not in ended.err + ended.out


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("mysql://root:hunter2@db/leadsman", Exit.USAGE, "begins with mysql"),
        ("nonsense", Exit.USAGE, "is no address of a database"),
        ("sqlite:///no/such/folder/leadsman.db", Exit.USAGE, "/no/such/folder"),
        ("postgresql://root:hunter2@127.0.0.1:9/leadsman", Exit.UNREACHABLE, "leadsman at 127.0.0.1"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_sentence(shell: Shell, address: str, code: Exit, said: str) -> None:
    ended = shell("audit", "verify", DATABASE_URL=address.replace("/no/", "//no/"))
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert "hunter2" not in ended.err


@pytest.mark.parametrize("typed", [["audit", "verify"], ["audit", "tail"], ["audit", "export"]])
def test_a_missing_database_is_told_and_not_made(shell: Shell, typed: list[str]) -> None:
    ended = shell(*typed)
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert "There is no database" in ended.err
    assert not list(shell.folder.glob("*.db*"))


def test_nothing_is_coloured_even_where_colour_is_asked_for(shell: Shell) -> None:
    shell.shop()
    for typed in (["-h"], ["check", "--offline"], ["chekc"], ["demo", "--list"], ["help", "commands"]):
        ended = shell(*typed, FORCE_COLOR="1", TERM="xterm-256color")
        assert "\x1b" not in ended.out + ended.err


def test_help_lists_its_topics_and_each_has_a_guide_of_short_lines(shell: Shell) -> None:
    topics = shell("help").out
    for name in GUIDES:
        assert f"leadsman help {name}" in topics
        ended = shell("help", name)
        assert ended.code == Exit.DONE
        assert [line for line in ended.out.splitlines() if len(line) > 100] == []


def test_the_configuration_for_argo_rollouts_that_help_shows_loads_as_it_stands(shell: Shell) -> None:
    config = load_config(shell.write("leadsman.yaml", ARGO))
    assert isinstance(config, Config), config
    [place] = config.environments()
    assert place.target.kind is WorkloadKind.ROLLOUT
    assert ARGO.splitlines()[0] in shell("help", "argo").out
