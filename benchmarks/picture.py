"""The picture at the top of the README, from the real lab: the Playground with BCE as its baseline.

    python benchmarks/picture.py [--out data/screenshot.png]

Needs Chromium and Playwright. A fresh server is started, the Playground trains both heads, and what Chromium shows is
saved with a small palette.
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
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import psutil
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SIZE = {"width": 1400, "height": 1280}
QUIET = "[data-testid=stApp][data-test-script-state=notRunning]"
BASELINE = "loss=bce&sampler=uniform"
WAIT_MS = 120_000
COLORS = 256


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "screenshot.png", help="where the PNG goes")
    out = parser.parse_args().out
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options, "--server.fileWatcherType", "none"]
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"DBL_RUNS_DIR": f"{folder}/runs"}, stdout=log, stderr=log
        )
        try:
            with sync_playwright() as play:
                path = shutil.which("chromium") or shutil.which("google-chrome")
                browser = play.chromium.launch(executable_path=path, args=FLAGS)
                shown = browser.new_page(viewport=SIZE, color_scheme="light")
                picture = taken(shown, f"http://127.0.0.1:{port}")
                browser.close()
        finally:
            for child in psutil.Process(server.pid).children(recursive=True):
                with suppress(psutil.Error):
                    child.kill()
            server.terminate()
            server.wait(20)
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLORS).save(out, optimize=True)
    print(f"{out}: {out.stat().st_size:,} bytes")


def taken(page: Page, address: str) -> bytes:
    """Open the Playground against a baseline, and return it as a PNG once all of it stands there."""
    end = time.perf_counter() + 60
    while time.perf_counter() < end:
        with suppress(urllib.error.URLError, OSError):
            if urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read() == b"ok":
                break
        time.sleep(0.1)
    page.goto(f"{address}/Playground?{urlencode({'play_pin': BASELINE})}", timeout=WAIT_MS)
    page.get_by_text("Against the baseline").first.wait_for(timeout=WAIT_MS)
    page.locator(".js-plotly-plot").nth(3).wait_for(timeout=WAIT_MS, state="attached")
    page.wait_for_selector(QUIET, timeout=WAIT_MS)
    page.wait_for_timeout(2000)  # figures are drawn after the script has ended
    return page.screenshot()


if __name__ == "__main__":
    main()
