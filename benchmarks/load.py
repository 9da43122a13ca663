"""Thirty people at once: how long a slider takes to answer when everybody moves one.

    python benchmarks/load.py [--sessions 30] [--moves 10] [--pause 5] [--pages Loss_Lab Labels ...] [--entry app.py]

A fresh server is started on 127.0.0.1, and sessions without a browser are opened at it, on the pages with sliders in
turn. Each moves one of its sliders to a random place, waits for the answer, pauses for a random time as someone does
who looks at it, and goes on; with seven sliders of a loss hardly two of them ever ask for the same. Timed is from the
move until the page's script has ended and everything has arrived: a Loss Lab slider computes curves in the worker, a
Labels slider counts pairs, a Playground slider trains a head. Drawing, which is the browser's, is not part of it.

All sessions live in this process, so that the processor time of the server can be told from theirs. On a machine that
others use too, go by the processor time of a move: waiting is longer there.
"""

import argparse
import asyncio
import random
import time
from contextlib import suppress

import numpy as np
import psutil
from lab_session import Answer, LabSession
from served_lab import served_lab, wait_for

TARGET_S = 1.0
MOST_SESSIONS, MOST_MOVES = 200, 1000
PAGES = {
    "Loss_Lab": "",
    "Labels": "",
    "Playground": "",
    "Train": "",
    "Runs": "runs=example-db-focal,example-bce-uniform&runs_scores=Thresholds",
}
"""Pages with sliders, and what their address says."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=30, help=f"how many people, up to {MOST_SESSIONS}")
    parser.add_argument("--moves", type=int, default=10, help=f"how often each moves, up to {MOST_MOVES}")
    parser.add_argument("--pause", type=float, default=5.0, help="mean seconds between an answer and the next move")
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES), help="where they are, in turn")
    parser.add_argument("--entry", default="app.py", help="entry script")
    args = parser.parse_args()
    if not 1 <= args.sessions <= MOST_SESSIONS or not 1 <= args.moves <= MOST_MOVES or not 0 <= args.pause <= 60:
        parser.error(f"1 to {MOST_SESSIONS} sessions, 1 to {MOST_MOVES} moves, 0 to 60 seconds")
    with served_lab(args.entry, example_runs=True) as (address, server):
        wait_for(address)
        asyncio.run(crowd(address, server, args))


async def crowd(address: str, server: psutil.Process, args: argparse.Namespace) -> None:
    """Open the sessions one after the other, let them all move, and print."""
    names = [args.pages[number % len(args.pages)] for number in range(args.sessions)]
    sessions = [LabSession(address, name, PAGES[name]) for name in names]
    began = time.perf_counter()
    for name, session in zip(names, sessions, strict=True):
        answer = await session.open()
        if answer.errors or not session.sliders:
            raise SystemExit(f"{name}: {answer.errors or 'no slider'}")
    print(f"{len(sessions)} sessions open after {time.perf_counter() - began:.0f} s; server {mib(server):.0f} MiB")
    before, began = processor_s(server), time.perf_counter()
    found = await asyncio.gather(*(visit(one, args, seed) for seed, one in enumerate(sessions)))
    spent = time.perf_counter() - began
    used = [now - then for now, then in zip(processor_s(server), before, strict=True)]
    print(f"server {mib(server):.0f} MiB at the end")
    for session in sessions:
        await session.close()
    report(names, found)
    load(used, spent, len(sessions) * args.moves)


async def visit(session: LabSession, args: argparse.Namespace, seed: int) -> list[Answer]:
    """Move sliders of one session, now and then."""
    draw = random.Random(seed)
    answers = []
    await asyncio.sleep(draw.uniform(0, args.pause))
    for _ in range(args.moves):
        answers.append(await session.move(draw.choice(sorted(session.sliders)), draw))
        await asyncio.sleep(draw.expovariate(1 / args.pause) if args.pause else 0)
    return answers


def report(names: list[str], found: list[list[Answer]]) -> None:
    """Print median, 95th percentile and slowest, by page and of all."""
    for name in dict.fromkeys(names):
        line(name, [answer for page, answers in zip(names, found, strict=True) if page == name for answer in answers])
    every = [answer for answers in found for answer in answers]
    line("all", every)
    late = np.percentile([answer.seconds for answer in every], 95)
    print(f"aim: within {TARGET_S:g} s at the 95th percentile of all: {'kept' if late <= TARGET_S else 'missed'}")
    errors = {error for answer in every for error in answer.errors}
    print(f"errors on the pages: {'; '.join(sorted(errors)) or 'none'}")


def line(name: str, answers: list[Answer]) -> None:
    """Print one line of the report."""
    times = [answer.seconds for answer in answers]
    median, late = np.percentile(times, [50, 95])
    size = np.mean([answer.n_bytes for answer in answers]) / 1000
    print(
        f"{name}: median {median:.2f} s, 95th percentile {late:.2f} s, slowest {max(times):.2f} s "
        f"({len(times)} moves, {size:.0f} kB each)"
    )


def load(used: list[float], spent: float, moves: int) -> None:
    """Print what the moves cost in processor time."""
    server, workers, clients = (f"{seconds / moves:.3f}" for seconds in used)
    print(f"processor seconds a move: server {server}, its workers {workers}, these sessions {clients}")
    print(
        f"{moves / spent:.1f} moves a second; server and workers kept {sum(used[:2]) / spent:.1f} of "
        f"{psutil.cpu_count()} processors busy; {psutil.getloadavg()[0]:.1f} processes wanted to run in the last minute"
    )


def processor_s(server: psutil.Process) -> list[float]:
    """Processor seconds until now of a server, of the processes it started, and of this one."""
    workers = 0.0
    for child in server.children(recursive=True):
        with suppress(psutil.Error):
            workers += sum(child.cpu_times()[:2])
    return [sum(server.cpu_times()[:2]), workers, sum(psutil.Process().cpu_times()[:2])]


def mib(server: psutil.Process) -> float:
    """Resident memory of a server without its workers."""
    return server.memory_info().rss / 2**20


if __name__ == "__main__":
    main()
