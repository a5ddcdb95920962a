"""Nothing works, and what is said about it holds no secret. (That a run which works tells none is checked after every story.)"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.playground.shop import GOOD
from tests.end_to_end.books import audit_is_sound, no_secret_was_told
from tests.end_to_end.stage import CONFIGURATION, TEMPLATES, Installation, staged
from tests.real.ports import free_port

LEADSMAN = str(Path(sys.executable).parent / "leadsman")
SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-77-sentinel",
    "SLACK_APP_TOKEN": "xapp-77-sentinel",
    "SLACK_SIGNING_SECRET": "77-signing-sentinel",
}
PASSWORD, KUBE_TOKEN = "77-database-sentinel", "77-cluster-sentinel"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of which nothing answers: no Slack, no database, no cluster, no Prometheus."""
    nobody = f"127.0.0.1:{free_port()}"
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "checkout.yaml").write_text(TEMPLATES)
    configuration = CONFIGURATION.format(prometheus=f"http://{nobody}", image="acme/checkout", namespace="shop")
    (tmp_path / "leadsman.yaml").write_text(configuration)
    access = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "one", "cluster": {"server": f"https://{nobody}"}}],
        "users": [{"name": "one", "user": {"token": KUBE_TOKEN}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        "current-context": "one",
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(access))
    return {
        **SECRETS,
        "SLACK_API_URL": f"http://{nobody}/api/",
        "DATABASE_URL": f"postgresql://leadsman:{PASSWORD}@{nobody}/leadsman",
        "LEADSMAN_CONFIG": str(tmp_path / "leadsman.yaml"),
        "KUBECONFIG": str(tmp_path / "kubeconfig"),
        "LEADSMAN_LISTEN": f"127.0.0.1:{free_port()}",
        "LEADSMAN_INTERNAL": f"127.0.0.1:{free_port()}",
    }


@pytest.mark.parametrize(
    "command", ["run", "check", "status checkout", "audit verify", "db upgrade", "plan checkout v1.4.2 prod"]
)
def test_a_command_that_fails_says_why_without_any_secret(environment: dict[str, str], command: str) -> None:
    done = subprocess.run(
        [LEADSMAN, *command.split()], check=False, env=environment, capture_output=True, text=True, timeout=240
    )
    said = done.stdout + done.stderr
    assert done.returncode not in (0, 2), said
    assert "Traceback" not in said
    assert len(said) > 20
    for secret in (*SECRETS.values(), PASSWORD, KUBE_TOKEN):
        assert secret not in said


async def test_a_credential_that_expires_in_mid_rollout_is_told_of_and_not_shown(tmp_path: Path) -> None:
    async with staged(tmp_path, Installation()) as stage:
        await stage.type("alice", f"/deploy checkout {GOOD} prod")
        await stage.shows("1 more approval needed")
        faults = stage.playground.cluster.faults
        faults.credential_expired = True
        faults.cut_watches()
        await stage.press("bob", "Approve")

        async def said() -> bool:
            return any("The credential is wrong or has expired" in str(line.get("error")) for line in stage.log)

        await stage.until(said, "a word about the credential")
        await no_secret_was_told(stage)
        await audit_is_sound(stage)
        faults.clear()
