"""How long `leadsman run` takes until `/readyz` says yes, on the playground, against a Python that only imports what it stands on."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure, Scale, percentile
from bot.playground import shop
from bot.playground.clock import PlaygroundClock
from bot.playground.world import BOT_TOKEN, SIGNING_SECRET, Playground
from handlers.slack.manifest import scopes

IMPORTS = "import " + ", ".join(
    (
        "slack_bolt.async_app",
        "kubernetes.aio.client",
        "kubernetes.aio.config",
        "sqlmodel",
        "alembic.command",
        "apscheduler",
        "prometheus_api_client",
    )
)
"""What the bot stands on: the peer pays for these too."""

PATIENCE = 60.0


def measure(scale: Scale) -> Sequence[Figure]:
    """From the start of the process, several times."""
    return asyncio.run(_measured(2 if scale.seconds < 10 else 5))


async def _measured(times: int) -> Sequence[Figure]:
    playground = Playground(PlaygroundClock(20), scopes=scopes(), commands=())
    addresses = await playground.start()
    try:
        with TemporaryDirectory(prefix="leadsman-bench-") as folder:
            environ = _environ(Path(folder), playground, addresses.prometheus, addresses.slack)
            ours, bare = [], []
            for _ in range(times):
                ours.append(await asyncio.to_thread(_ready, environ))
                bare.append(await asyncio.to_thread(_imported))
    finally:
        await playground.stop()
    mine, peer = percentile(ours, 50), percentile(bare, 50)
    return [
        Figure("ready after the start of `leadsman run`", mine, peer, "s", "python importing the libraries", limit=3.0)
    ]


def _environ(folder: Path, playground: Playground, prometheus: str, slack: str) -> Mapping[str, str]:
    (folder / "analysis").mkdir()
    (folder / "analysis" / "checkout.yaml").write_text(shop.TEMPLATES)
    (folder / "leadsman.yaml").write_text(shop.configuration(prometheus))
    (folder / "kubeconfig").write_text(json.dumps(playground.cluster.kubeconfig()))
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{slack}/api/",
        "DATABASE_URL": f"sqlite:///{folder}/leadsman.db",
        "LEADSMAN_CONFIG": str(folder / "leadsman.yaml"),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "LEADSMAN_LISTEN": f"127.0.0.1:{free_port()}",
        "LEADSMAN_INTERNAL": f"127.0.0.1:{free_port()}",
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ready(environ: Mapping[str, str]) -> float:
    began = time.perf_counter()
    run = [sys.executable, "-c", "from handlers.cli import main; main()", "run"]
    with subprocess.Popen(run, env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while not _says_yes(f"http://{environ['LEADSMAN_INTERNAL']}/readyz"):
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise RuntimeError(f"leadsman run did not get ready (exit {process.returncode})")
                time.sleep(0.01)
            return time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(30)


def _says_yes(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - an address of ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _imported() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return time.perf_counter() - began
