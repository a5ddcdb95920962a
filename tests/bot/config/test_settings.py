"""Settings come from the environment; secrets come from there or from files, and show nowhere."""

from pathlib import Path

import pytest

from bot.config import Listen, Settings
from strategies.problem import SpecProblem


def settings(**environ: str) -> Settings:
    found = Settings.from_environ(environ)
    assert isinstance(found, Settings), found
    return found


def problems(**environ: str) -> dict[str, str]:
    found = Settings.from_environ(environ)
    assert isinstance(found, tuple)
    return {problem.place: problem.sentence for problem in found}


def test_nothing_set_gives_the_documented_defaults() -> None:
    found = settings()
    assert found.slack_api_url == "https://slack.com/api/"
    assert found.database_url.get_secret_value() == "sqlite:///leadsman.db"
    assert found.config == Path("leadsman.yaml")
    assert (found.listen, found.internal) == (Listen("127.0.0.1", 3000), Listen("127.0.0.1", 3001))
    assert not found.socket_mode
    assert [problem.place for problem in found.slack_problems()] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]


def test_an_app_token_means_socket_mode() -> None:
    assert settings(SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1").socket_mode
    http = settings(SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET="s")
    assert not http.socket_mode
    assert http.slack_problems() == ()


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-file\n")
    found = settings(SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"))
    assert found.bot_token is not None
    assert found.bot_token.get_secret_value() == "xoxb-from-file"


def test_secrets_show_in_no_text_of_the_settings() -> None:
    found = settings(
        SLACK_BOT_TOKEN="xoxb-sentinel-1",
        SLACK_APP_TOKEN="xapp-sentinel-2",
        SLACK_SIGNING_SECRET="sentinel-3",
        DATABASE_URL="postgresql://ann:sentinel-4@db/leadsman",
    )
    assert "sentinel" not in f"{found} {found!r}"
    assert set(found.secrets()) == {"xoxb-sentinel-1", "xapp-sentinel-2", "sentinel-3", "sentinel-4"}


def test_everything_wrong_is_told_at_once_and_quotes_no_secret(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    environ = {
        "SLACK_BOT_TOKEN": "sentinel-1",
        "SLACK_APP_TOKEN": "xapp-sentinel",
        "SLACK_APP_TOKEN_FILE": str(tmp_path / "no"),
        "SLACK_SIGNING_SECRET_FILE": str(tmp_path / "empty"),
        "DATABASE_URL": "postgresql://root:sentinel@x/y",
        "DATABASE_URL_FILE": "/no/such/file",
        "SLACK_API_URL": "slack.com",
        "LEADSMAN_LISTEN": "3000",
        "LEADSMAN_INTERNAL": "localhost:http",
    }
    found = Settings.from_environ(environ)
    assert isinstance(found, tuple)
    assert {problem.place for problem in found} == {
        "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_APP_TOKEN_FILE", "SLACK_SIGNING_SECRET_FILE", "DATABASE_URL", "DATABASE_URL_FILE",
        "SLACK_API_URL", "LEADSMAN_LISTEN", "LEADSMAN_INTERNAL",
    }  # fmt: skip
    assert "sentinel" not in " ".join(map(str, found))
    assert all(isinstance(problem, SpecProblem) and problem.fix for problem in found)


@pytest.mark.parametrize(
    ("text", "listen"), [("10.0.0.7:80", Listen("10.0.0.7", 80)), ("[::]:3000", Listen("::", 3000))]
)
def test_an_address_to_listen_on_has_host_and_port(text: str, listen: Listen) -> None:
    assert settings(LEADSMAN_LISTEN=text).listen == listen
    assert str(listen) == text


def test_a_port_out_of_range_is_told() -> None:
    assert "LEADSMAN_LISTEN" in problems(LEADSMAN_LISTEN="127.0.0.1:70000")


def test_an_address_without_a_slash_at_its_end_gets_one() -> None:
    assert settings(SLACK_API_URL="http://127.0.0.1:8080/api").slack_api_url == "http://127.0.0.1:8080/api/"
