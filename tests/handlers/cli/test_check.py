"""`leadsman check`: all of it at once, each problem with what is wrong, where, and how to mend it."""

import re

import pytest

from bot.playground.world import Playground
from handlers.cli.exits import Exit
from tests.handlers.cli.conftest import Shell


async def test_where_all_is_well_it_says_so_and_names_the_next_command(shell: Shell, playground: Playground) -> None:
    ended = await shell.beside("check")

    assert ended.code == Exit.DONE, ended.out
    assert [line for line in ended.out.splitlines() if line.isalpha()] == [
        "config", "slack", "store", "clusters", "metrics"
    ]  # fmt: skip
    assert "×" not in ended.out
    assert ended.out.splitlines()[-1] == "Everything is well. Start it with: leadsman run"


@pytest.mark.parametrize(
    ("group", "old", "new", "said", "fix"),
    [
        ("slack", '["@sre"]', '["@sra"]', "Slack knows no group @sra (role approver)", "Correct it"),
        ("clusters", "container: web", "container: wob", "there is no container wob", "Create it"),
        ("metrics", re.compile(r"prometheus: \S+}"), "prometheus: http://127.0.0.1:9}", "127.0.0.1:9", ""),
        ("config", "strategy: careful", "strategy: carefull", "carefull", "Did you mean careful?"),
    ],
)
async def test_each_group_tells_what_is_wrong_where_and_how_to_mend_it(
    shell: Shell, playground: Playground, group: str, old: str | re.Pattern[str], new: str, said: str, fix: str
) -> None:
    path = shell.folder / "leadsman.yaml"
    path.write_text(re.sub(old if isinstance(old, re.Pattern) else re.escape(old), new, path.read_text()))

    ended = await shell.beside("check")

    assert ended.code == Exit.FAILED
    lines = ended.out.splitlines()
    [at] = [number for number, line in enumerate(lines) if line.startswith("×")]
    assert said in lines[at]
    below = "\n".join(lines[at + 1 : at + 3])
    assert fix in below
    assert re.search(r"    at    leadsman.yaml:\d+", below)
    assert [line for line in lines[:at] if line.isalpha()][-1] == group
    assert lines[-1].endswith("groups passed, 1 problem")


async def test_a_slack_that_refuses_the_token_is_told_and_the_rest_is_looked_at(
    shell: Shell, playground: Playground
) -> None:
    ended = await shell.beside("check", "--json", SLACK_BOT_TOKEN="xoxb-somebody-else")
    assert (ended.code, ended.json["exit"]) == (Exit.FAILED, Exit.FAILED)
    groups = {one["group"]: one["ok"] for one in ended.json["findings"]}
    assert groups == {"config": True, "slack": False, "store": True, "clusters": True, "metrics": True}
    assert "somebody-else" not in ended.out


async def test_a_slack_that_is_not_there_is_told_with_where_to_look(shell: Shell, playground: Playground) -> None:
    ended = await shell.beside("check", SLACK_API_URL="http://127.0.0.1:9/api/")
    assert ended.code == Exit.FAILED
    assert "× Slack did not answer auth.test" in ended.out
    assert "    fix   Look whether this machine reaches Slack, and whether SLACK_API_URL is right" in ended.out
    assert "    at    environment" in ended.out
    assert "It is tried again" not in ended.out


async def test_a_cluster_that_cannot_be_asked_is_named_once_with_what_mends_it(
    shell: Shell, playground: Playground
) -> None:
    (shell.folder / "kubeconfig").unlink()
    ended = await shell.beside("check")
    assert ended.code == Exit.FAILED
    assert f"× demo: there is no kubeconfig at {shell.folder / 'kubeconfig'}\n" in ended.out
    assert "    fix   Correct the path, or set KUBECONFIG." in ended.out


async def test_a_store_of_another_version_is_told_with_the_command_that_mends_it(
    shell: Shell, playground: Playground
) -> None:
    (shell.folder / "leadsman.db").touch()
    assert "fix   leadsman db upgrade" in (await shell.beside("check")).out
    assert (await shell.beside("db", "upgrade")).code == Exit.DONE
    assert (await shell.beside("check")).code == Exit.DONE


def test_offline_it_needs_nothing_but_the_files(shell: Shell) -> None:
    shell.shop()
    ended = shell("check", "--offline")
    assert ended.code == Exit.DONE
    assert "1 app, 1 environment," in ended.out


def test_offline_a_mistake_is_told_with_its_line(shell: Shell) -> None:
    shell.shop()
    shell.edit("setWeight: 50", "setWeight: 500")
    ended = shell("check", "--offline", "--json")
    assert (ended.code, ended.json["exit"]) == (Exit.FAILED, Exit.FAILED)
    [finding] = [one for one in ended.json["findings"] if not one["ok"]]
    assert re.fullmatch(r"leadsman.yaml:\d+", finding["place"])
    assert "500" in finding["sentence"] + finding["fix"] or "between 0 and 100" in finding["sentence"]


def test_mistakes_of_the_environment_and_of_the_files_are_told_together(shell: Shell) -> None:
    ended = shell("check", SLACK_BOT_TOKEN="wrong")
    assert ended.code == Exit.FAILED
    assert "× there is no such file" in ended.out
    assert "× SLACK_BOT_TOKEN: it does not begin with xoxb-" in ended.out
    assert "    at    environment" in ended.out


async def test_without_settings_slack_is_the_group_that_fails(shell: Shell, playground: Playground) -> None:
    shell.environ.clear()
    ended = await shell.beside("check")
    assert ended.code == Exit.FAILED
    assert "× SLACK_BOT_TOKEN: it is not set" in ended.out
    assert ended.out.splitlines()[-1] == "4 of 5 groups passed, 2 problems"
