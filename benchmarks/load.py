"""Thirty people at once: how long a slider takes to answer when everybody moves one.

    python benchmarks/load.py [--sessions 30] [--moves 5] [--pause 3] [--entry app.py]

Needs Chromium and Playwright. A fresh server is started on 127.0.0.1; one browser opens a session each on Loss Lab,
Labels and Playground in turn, in windows of their own, and each presses the arrow key on a slider again and again, with
a pause of random length between answer and next move. Timed, inside the pages, is from the key press until the page's
script has ended on the server and its last change has arrived: a Loss Lab slider computes its curves in the worker, a
Labels slider counts pairs, a Playground slider trains a head. Browser and server share the machine, so the numbers
include what thirty browsers cost it: an upper bound, which the printed load of the server alone puts in proportion.
"""

import argparse
import random
import time
from contextlib import suppress

import numpy as np
import psutil
from playwright.sync_api import Browser, Error, Page, sync_playwright
from served_lab import chromium, served_lab, wait_for

TARGET_S = 1.0
OPEN_MS, LIMIT_S = 120_000, 900
MOST_SESSIONS, MOST_MOVES = 60, 100
SLIDERS = {"Loss_Lab": "mu", "Labels": "Leave out pairs", "Playground": "mu"}
"""Page and the words by which its slider is known."""
WATCH = """(words) => {
  const app = document.querySelector("[data-testid=stApp]");
  const slider = [...document.querySelectorAll("[role=slider], input[type=range]")]
    .find((one) => (one.getAttribute("aria-label") ?? "").includes(words));
  if (!slider) return false;
  window.labAnswers = [];
  slider.focus();
  let pressed = null, ran = false;
  document.addEventListener("keydown", () => { pressed ??= performance.now(); ran = false; }, true);
  new MutationObserver(() => {
    const idle = app.dataset.testScriptState === "notRunning";
    if (!idle) ran = true;
    else if (ran && pressed !== null) { window.labAnswers.push(performance.now() - pressed); pressed = null; }
  }).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  return true;
}"""
"""Times, in the page itself, from a key press until its script has run and ended."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=30, help=f"how many people, up to {MOST_SESSIONS}")
    parser.add_argument("--moves", type=int, default=5, help=f"how often each moves, up to {MOST_MOVES}")
    parser.add_argument("--pause", type=float, default=3.0, help="mean seconds between an answer and the next move")
    parser.add_argument("--entry", default="app.py", help="entry script")
    args = parser.parse_args()
    if not 1 <= args.sessions <= MOST_SESSIONS or not 1 <= args.moves <= MOST_MOVES or not 0 <= args.pause <= 60:
        parser.error(f"1 to {MOST_SESSIONS} sessions, 1 to {MOST_MOVES} moves, 0 to 60 seconds")
    with served_lab(args.entry) as (address, server):
        crowd(address, server, args)


def crowd(address: str, server: psutil.Process, args: argparse.Namespace) -> None:
    """Open the sessions, let them move, and print."""
    wait_for(address)
    with sync_playwright() as play:
        browser = chromium(play)
        started = time.perf_counter()
        names = [list(SLIDERS)[number % len(SLIDERS)] for number in range(args.sessions)]
        pages = [opened(browser, f"{address}/{name}", SLIDERS[name]) for name in names]
        print(f"{len(pages)} sessions open after {time.perf_counter() - started:.0f} s; server {mib(server):.0f} MiB")
        used, began = processor_s(server), time.perf_counter()
        moved = move_all(pages, args.moves, args.pause)
        spent = time.perf_counter() - began
        answers = [page.evaluate("window.labAnswers") for page in pages]
        busy = (processor_s(server) - used) / spent
        browser.close()
    report(names, answers, moved)
    print(
        f"server and its workers: {busy:.1f} of {psutil.cpu_count()} processors busy over {spent:.0f} s, "
        f"{mib(server):.0f} MiB at the end; {psutil.getloadavg()[0]:.1f} processes wanted to run"
    )


def opened(browser: Browser, address: str, words: str) -> Page:
    """A session whose slider is watched; without images, which take no part."""
    page = browser.new_context(viewport={"width": 1000, "height": 700}).new_page()
    page.route("**/media/**", lambda route: route.abort())
    page.goto(address, timeout=OPEN_MS)
    page.locator(".js-plotly-plot").first.wait_for(timeout=OPEN_MS, state="attached")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=OPEN_MS)
    if not page.evaluate(WATCH, words):
        raise SystemExit(f"{address}: no slider named {words!r}")
    return page


def move_all(pages: list[Page], moves: int, pause: float) -> list[int]:
    """Press the arrow key in every session at random times; return how often each was moved.

    A session moves again only after its answer, as a person does; the order of the moves is another in every run.
    """
    random_s = random.Random(0)
    left = [moves] * len(pages)
    due = [time.perf_counter() + random_s.uniform(0, pause) for _ in pages]
    end = time.perf_counter() + LIMIT_S
    while any(left) and time.perf_counter() < end:
        place = min((place for place, n in enumerate(left) if n), key=due.__getitem__)
        time.sleep(max(0.0, due[place] - time.perf_counter()))
        answered = moves - left[place] == len(pages[place].evaluate("window.labAnswers"))
        if answered:
            with suppress(Error):
                pages[place].keyboard.press("ArrowRight" if left[place] % 2 else "ArrowLeft")
                left[place] -= 1
        due[place] = time.perf_counter() + (random_s.expovariate(1 / pause) if answered and pause else 0.2)
    settle = min(end, time.perf_counter() + 30)
    while time.perf_counter() < settle and not all(
        len(page.evaluate("window.labAnswers")) >= moves - n for page, n in zip(pages, left, strict=True)
    ):
        time.sleep(0.2)
    return [moves - n for n in left]


def report(names: list[str], answers: list[list[float]], moved: list[int]) -> None:
    """Print median and 95th percentile, by page and of all."""
    every: list[float] = []
    for name in dict.fromkeys(names):
        times = [ms / 1000 for page, found in zip(names, answers, strict=True) if page == name for ms in found]
        every += times
        line(name, times)
    line("all", every)
    lost = sum(moved) - len(every)
    if lost:
        print(f"{lost} of {sum(moved)} moves had no answer before the end: the percentiles are too kind")
    if every:
        verdict = "kept" if np.percentile(every, 95) <= TARGET_S else "missed"
        print(f"aim: within {TARGET_S:g} s at the 95th percentile of all: {verdict}")


def line(name: str, times: list[float]) -> None:
    """Print one line of the report."""
    if times:
        median, late = np.percentile(times, [50, 95])
        print(f"{name}: median {median:.2f} s, 95th percentile {late:.2f} s, slowest {max(times):.2f} s ({len(times)})")
    else:
        print(f"{name}: no answer")


def processor_s(server: psutil.Process) -> float:
    """Processor seconds of a server and its children until now."""
    return sum(sum(each.cpu_times()[:2]) for each in family(server))


def mib(server: psutil.Process) -> float:
    """Resident memory of a server without its children."""
    return server.memory_info().rss / 2**20


def family(server: psutil.Process) -> list[psutil.Process]:
    """A server and the processes it started."""
    return [server, *server.children(recursive=True)]


if __name__ == "__main__":
    main()
