"""A served lab and a real Chromium; both are missing on some machines, then the tests skip and say why."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = os.environ.get("DBL_REQUIRE_BROWSER") == "1"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERVER_START_S = 60


def missing(reason: str) -> None:
    """Skip, or fail where the project's own check demands a browser."""
    if REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium of this machine."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing(f"no Chromium on this machine (looked for {', '.join(NAMES)})")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def served() -> Callable[[Path], AbstractContextManager[str]]:
    """A function that serves the lab with a folder of runs: ``with served(runs_dir) as address:``."""
    return serve


@pytest.fixture(scope="session")
def server() -> Callable[[Path], AbstractContextManager[tuple[str, subprocess.Popen]]]:
    """The same, for tests that do something to the server: ``with server(runs_dir) as (address, process):``."""
    return running_server


@contextmanager
def serve(runs_dir: Path, *, entry: str = "app.py", **variables: str) -> Iterator[str]:
    """A fresh server of the lab on a free port, with its own folder of runs; gives its address.

    ``entry`` is its entry script, and ``variables`` are environment variables of its own.
    """
    with running_server(runs_dir, entry=entry, **variables) as (address, _):
        yield address


@contextmanager
def running_server(
    runs_dir: Path, *, entry: str = "app.py", **variables: str
) -> Iterator[tuple[str, subprocess.Popen]]:
    """The server and its process, which is ended at the end if it still lives; arguments as :func:`serve`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    options |= {"server.fileWatcherType": "none"}
    flags = [part for key, value in options.items() for part in (f"--{key}", str(value))]
    log = runs_dir.parent / f"{runs_dir.name}-server-{port}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", entry, *flags],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"DBL_RUNS_DIR": str(runs_dir)} | variables,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for_server(address, server, log)
        yield address, server
    finally:
        server.terminate()
        server.wait(20)


def wait_for_server(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + SERVER_START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
