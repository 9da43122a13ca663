"""How fast a sleeping lab wakes: from the start of the server's process to what a browser shows of Home.

    python benchmarks/first_paint.py [--times 3] [--entry deploy/streamlit-cloud/streamlit_app.py]

Needs Chromium and Playwright. Each time a new server is started and a new page opened at once, as a host does that
wakes an app for a visitor. Printed are seconds until the server answers, until the title and until the chart stand
there, the processor time that the server took until then, and how busy the machine was with other things.
"""

import argparse
import time

import psutil
from playwright.sync_api import Browser, sync_playwright
from served_lab import chromium, served_lab, wait_for

TARGET_S = 3.0
WAIT_MS = 120_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="how many fresh servers")
    parser.add_argument("--entry", default="app.py", help="entry script")
    args = parser.parse_args()
    titles = []
    with sync_playwright() as play:
        browser = chromium(play)
        for _ in range(args.times):
            titles.append(measured(browser, args.entry))
        browser.close()
    print(f"title after {sorted(titles)[len(titles) // 2]:.1f} s (median), at most {TARGET_S:g} s on a machine at rest")


def measured(browser: Browser, entry: str) -> float:
    """One fresh server; returns the seconds until the title."""
    started = time.perf_counter()
    with served_lab(entry) as (address, server):
        return told(browser, address, server, started)


def told(browser: Browser, address: str, server: psutil.Process, started: float) -> float:
    """Wait for what is measured and print it."""
    wait_for(address)
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
