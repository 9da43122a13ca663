"""How fast a sleeping lab wakes: from the start of the server's process to what a browser shows of Home.

    python benchmarks/first_paint.py [--times 3] [--entry deploy/streamlit-cloud/streamlit_app.py]

Needs Chromium and Playwright. Each time a new server is started and a new page opened at once, as a host does that
wakes an app for a visitor. Printed are seconds until the server answers, until the title and until the chart stand
there, the processor time that the server took until then, and how busy the machine was with other things.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
TARGET_S = 3.0
WAIT_MS = 120_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="how many fresh servers")
    parser.add_argument("--entry", default="app.py", help="entry script")
    args = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("google-chrome")
    titles = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        for _ in range(args.times):
            titles.append(measured(browser, args.entry))
        browser.close()
    print(f"title after {sorted(titles)[len(titles) // 2]:.1f} s (median), at most {TARGET_S:g} s on a machine at rest")


def measured(browser: Browser, entry: str) -> float:
    """One fresh server; returns the seconds until the title."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", entry, *options, "--server.fileWatcherType", "none"]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"DBL_RUNS_DIR": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return told(browser, f"http://127.0.0.1:{port}", psutil.Process(server.pid), started)
        finally:
            server.terminate()
            server.wait(20)


def told(browser: Browser, address: str, server: psutil.Process, started: float) -> float:
    """Wait for what is measured and print it."""
    while True:
        with suppress(urllib.error.URLError, OSError):
            if urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read() == b"ok":
                break
        time.sleep(0.02)
    answers = time.perf_counter() - started
    page = browser.new_context().new_page()
    page.goto(address)
    page.get_by_role("heading", name="Long-Tail Lab").wait_for(timeout=WAIT_MS)
    title, used = time.perf_counter() - started, sum(server.cpu_times()[:2])
    page.get_by_test_id("stPlotlyChart").first.wait_for(timeout=WAIT_MS)
    chart = time.perf_counter() - started
    page.context.close()
    print(
        f"server answers {answers:.1f} s, title {title:.1f} s ({used:.1f} s of the server's processor time), "
        f"chart {chart:.1f} s; {psutil.getloadavg()[0]:.1f} processes wanted to run"
    )
    return title


if __name__ == "__main__":
    main()
