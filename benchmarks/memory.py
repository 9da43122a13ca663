"""What the lab takes in memory: the server after every page, its compute worker, and a training run.

    python benchmarks/memory.py [--entry deploy/streamlit-cloud/streamlit_app.py]

Needs Chromium and Playwright. A fresh server is started, a browser opens every page, then starts the two runs of Home
and looks at them until they have ended. Printed are resident MiB; a run and the worker are watched for their peak. With
a CUDA build of torch both take more: run this on such a machine to see how much.
"""

import argparse
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright
from served_lab import chromium, served_lab, wait_for

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pages.ui.page import PAGES

SERVER_MIB, TOGETHER_MIB = 250, 1200
WAIT_MS = 300_000
MODULES = {"dbl_core.worker": "compute worker", "dbl_core.train": "training run"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entry", default="app.py", help="entry script")
    entry = parser.parse_args().entry
    print(f"torch {version('torch')}, streamlit {version('streamlit')}, Python {sys.version.split()[0]}")
    with served_lab(entry, own_cache=True) as (address, server):
        visit(address, server)


def visit(address: str, server: psutil.Process) -> None:
    """Open every page, then train."""
    with sync_playwright() as play:
        browser = chromium(play)
        page = browser.new_page()
        wait_for(address)
        print(f"server before the first visit: {mib(server):.0f} MiB")
        for entry in PAGES.values():
            if entry.exists:
                page.goto(f"{address}/{'' if entry.title == 'Home' else entry.title.replace(' ', '_')}")
                settle(page)
                print(f"server after {entry.title}: {mib(server):.0f} MiB")
        page.goto(address)
        settle(page)
        page.get_by_role("button", name="Train BCE and DB-Focal").click()
        peaks, together = watched(page, server)
        browser.close()
    for name, peak in peaks.items():
        print(f"{name}, peak: {peak:.0f} MiB")
    verdict = "within" if peaks["server"] <= SERVER_MIB else "ABOVE"
    print(f"server: {verdict} {SERVER_MIB} MiB")
    pair = peaks["server"] + max(peaks.get(name, 0.0) for name in MODULES.values())
    print(f"server and the larger of worker and run: {pair:.0f} MiB, all three at once: {together:.0f} MiB")
    print(f"{'within' if together <= TOGETHER_MIB else 'ABOVE'} {TOGETHER_MIB} MiB")


def settle(page: Page) -> None:
    """Wait until the page's script has ended and stays so."""
    for _ in range(2):
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=WAIT_MS)
        page.wait_for_timeout(500)


def watched(page: Page, server: psutil.Process) -> tuple[dict[str, float], float]:
    """Peaks of every process, and of all together, until the runs of the page have ended."""
    peaks: dict[str, float] = {}
    together, seen, idle = 0.0, False, 0
    while idle < 8 or not seen:
        now = {"server": mib(server)}
        for process in server.children(recursive=True):
            with suppress(psutil.Error):
                words = process.cmdline()
                name = next((MODULES[word] for word in words if word in MODULES), None)
                if name is not None:
                    now[name] = max(now.get(name, 0.0), mib(process))
        seen, idle = seen or "training run" in now, idle + 1 if seen and "training run" not in now else 0
        together = max(together, sum(now.values()))
        peaks = {name: max(peaks.get(name, 0.0), now.get(name, 0.0)) for name in {*peaks, *now}}
        page.wait_for_timeout(250)
    return peaks, together


def mib(process: psutil.Process) -> float:
    """Resident memory."""
    return process.memory_info().rss / 2**20


if __name__ == "__main__":
    main()
