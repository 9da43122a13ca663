"""A server of the lab of one's own and a headless Chromium, for the scripts that look at real pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.runs.examples import bring

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
START_S = 60


@contextmanager
def served_lab(
    entry: str = "app.py", *, own_cache: bool = False, example_runs: bool = False
) -> Iterator[tuple[str, psutil.Process]]:
    """Start a server on a free port, with a folder of runs of its own; gives its address and process at once.

    Args:
        entry: Its entry script.
        own_cache: Whether it draws images anew, in a cache of its own.
        example_runs: Whether its folder of runs holds the example runs that come with the lab.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", entry, *options, "--server.fileWatcherType", "none"]
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        places = {"DBL_RUNS_DIR": f"{folder}/runs"} | ({"DBL_CACHE_DIR": f"{folder}/cache"} if own_cache else {})
        if example_runs:
            bring(Path(folder, "runs"))
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | places, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{port}", psutil.Process(server.pid)
        finally:
            for child in psutil.Process(server.pid).children(recursive=True):
                with suppress(psutil.Error):
                    child.kill()
            server.terminate()
            server.wait(20)


def wait_for(address: str) -> None:
    """Wait until the server answers.

    Raises:
        RuntimeError: If it does not within a minute.
    """
    end = time.perf_counter() + START_S
    while time.perf_counter() < end:
        with suppress(urllib.error.URLError, OSError):
            if urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read() == b"ok":
                return
        time.sleep(0.02)
    raise RuntimeError("the server did not start")


def chromium(play: Playwright) -> Browser:
    """The headless Chromium of this machine."""
    return play.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=FLAGS)
