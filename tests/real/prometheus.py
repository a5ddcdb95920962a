"""A real Prometheus on a free port, scraping an exporter that the test serves from its own registry."""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import requests
from prometheus_client import CollectorRegistry, make_wsgi_app

from tests.real import require
from tests.real.ports import free_port

STARTS_WITHIN = 120.0
"""Real seconds."""


@dataclass(frozen=True, slots=True)
class RealPrometheus:
    """Where it listens, and the registry it scrapes each second."""

    address: str
    registry: CollectorRegistry

    def wait_for(self, promql: str) -> None:
        """Return when the query has a result: the scrape that the test waits for has happened."""
        _until(lambda: bool(self._result(promql)), f"a result of {promql}")

    def _result(self, promql: str) -> list[object]:
        answer = requests.get(f"{self.address}/api/v1/query", params={"query": promql}, timeout=STARTS_WITHIN).json()
        result: list[object] = answer["data"]["result"]
        return result


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the base class)
        """Scrapes are not worth a line."""


@contextlib.contextmanager
def real_prometheus(folder: Path, history: str = "") -> Iterator[RealPrometheus]:
    """Start both, wait until ready, stop both. `folder` holds the configuration and the data.

    `history` is text in the OpenMetrics format, with times: samples that the server is to know from the start.
    """
    program = shutil.which("prometheus")
    if program is None:
        require("prometheus")
    if history:
        _imported(folder, history)
    registry = CollectorRegistry()
    with make_server("127.0.0.1", 0, make_wsgi_app(registry), handler_class=_Quiet) as exporter:
        serving = Thread(target=exporter.serve_forever)
        serving.start()
        try:
            with _running(str(program), folder, exporter.server_port) as address:
                yield RealPrometheus(address, registry)
        finally:
            exporter.shutdown()
            serving.join()


def _imported(folder: Path, history: str) -> None:
    (folder / "history.txt").write_text(history)
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"{folder}/history.txt", f"{folder}/data"]
    subprocess.run(command, check=True, capture_output=True, timeout=STARTS_WITHIN)


@contextlib.contextmanager
def _running(program: str, folder: Path, exporter_port: int) -> Iterator[str]:
    port = free_port()
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: test, static_configs: [{{targets: ['127.0.0.1:{exporter_port}']}}]}}]\n"
    )
    command = [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _until(lambda: _ready(address), f"Prometheus; its log is {folder}/log")
            yield address
        finally:
            process.terminate()
            process.wait(STARTS_WITHIN)


def _ready(address: str) -> bool:
    with contextlib.suppress(requests.ConnectionError, requests.Timeout):
        return requests.get(f"{address}/-/ready", timeout=5).ok
    return False


def _until(happened: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + STARTS_WITHIN
    while not happened():
        assert time.monotonic() < give_up, f"waited {STARTS_WITHIN:g} s for {what}"
        time.sleep(0.1)
