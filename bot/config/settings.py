"""The settings that come from the environment: secrets, addresses and paths.

Every secret may stand in a file instead: `SLACK_BOT_TOKEN_FILE` names the file that holds the bot token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from strategies.problem import SpecProblem

SLACK_API = "https://slack.com/api/"
_SQLITE = "sqlite:///leadsman.db"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a server listens. Port 0: any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Secrets show as stars wherever they are printed."""

    bot_token: SecretStr | None
    app_token: SecretStr | None
    signing_secret: SecretStr | None
    slack_api_url: str
    database_url: SecretStr
    config: Path
    kubeconfig: str | None
    listen: Listen
    internal: Listen

    @property
    def socket_mode(self) -> bool:
        """Whether Slack reaches us through a socket that we open, rather than by HTTP requests."""
        return self.app_token is not None

    def secrets(self) -> tuple[str, ...]:
        """Every secret text, for those who must keep them out of what is written."""
        found = (self.bot_token, self.app_token, self.signing_secret)
        plain = [secret.get_secret_value() for secret in found if secret is not None]
        return (*plain, *filter(None, [urlsplit(self.database_url.get_secret_value()).password]))

    def slack_problems(self) -> tuple[SpecProblem, ...]:
        """What is missing before Slack can be spoken to."""
        problems = []
        if self.bot_token is None:
            problems.append(
                SpecProblem(
                    "SLACK_BOT_TOKEN", "it is not set", "Copy the Bot User OAuth Token (xoxb-…) of your Slack app."
                )
            )
        if self.app_token is None and self.signing_secret is None:
            fix = "Set SLACK_APP_TOKEN (xapp-…) for Socket Mode, or SLACK_SIGNING_SECRET for HTTP."
            problems.append(SpecProblem("SLACK_APP_TOKEN", "neither it nor SLACK_SIGNING_SECRET is set", fix))
        return tuple(problems)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings | tuple[SpecProblem, ...]":
        """The settings, or everything that is wrong with them. An empty variable counts as not set."""
        reader = _Environ(environ)
        settings = cls(
            bot_token=reader.token("SLACK_BOT_TOKEN", "xoxb-"),
            app_token=reader.token("SLACK_APP_TOKEN", "xapp-"),
            signing_secret=reader.secret("SLACK_SIGNING_SECRET"),
            slack_api_url=reader.address("SLACK_API_URL", SLACK_API),
            database_url=reader.secret("DATABASE_URL") or SecretStr(_SQLITE),
            config=Path(reader.text("LEADSMAN_CONFIG") or "leadsman.yaml"),
            kubeconfig=reader.text("KUBECONFIG"),
            listen=reader.listen("LEADSMAN_LISTEN", 3000),
            internal=reader.listen("LEADSMAN_INTERNAL", 3001),
        )
        return tuple(reader.problems) or settings


class _Environ:
    """Reads variables and gathers what is wrong with them. Sentences never quote a value that may be secret."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[SpecProblem] = []

    def text(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def secret(self, name: str) -> SecretStr | None:
        plain, file = self.text(name), self.text(f"{name}_FILE")
        if plain and file:
            self._problem(name, f"both {name} and {name}_FILE are set", "Keep one of the two.")
        if file is None:
            return SecretStr(plain) if plain else None
        try:
            content = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self._problem(f"{name}_FILE", "the file cannot be read", "Check the path and the permissions.")
            return None
        if not content:
            self._problem(f"{name}_FILE", "the file is empty", "Put the secret in it.")
        return SecretStr(content) if content else None

    def token(self, name: str, prefix: str) -> SecretStr | None:
        found = self.secret(name)
        if found is not None and not found.get_secret_value().startswith(prefix):
            self._problem(name, f"it does not begin with {prefix}", "Copy it again from the pages of your Slack app.")
        return found

    def address(self, name: str, default: str) -> str:
        found = self.text(name) or default
        if not found.startswith(("http://", "https://")):
            self._problem(name, "it is no http or https address", f"Write an address such as {default}")
        return found if found.endswith("/") else f"{found}/"

    def listen(self, name: str, port: int) -> Listen:
        found = self.text(name) or f"127.0.0.1:{port}"
        host, _, number = found.rpartition(":")
        if not host or not number.isascii() or not number.isdigit() or int(number) > 65535:
            self._problem(name, f"{found[:80]!r} is no host with a port", f"Write both, such as 127.0.0.1:{port}.")
            return Listen("127.0.0.1", port)
        return Listen(host.strip("[]"), int(number))

    def _problem(self, name: str, sentence: str, fix: str) -> None:
        self.problems.append(SpecProblem(name, sentence, fix))
