"""The picture at the top of the README, from the real lab: the Playground with BCE as its baseline.

    python benchmarks/picture.py [--out data/screenshot.png]

Needs Chromium and Playwright. A fresh server is started, the Playground trains both heads, and what Chromium shows is
saved with a small palette.
"""

import argparse
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from served_lab import ROOT, chromium, served_lab, wait_for

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
    with served_lab() as (address, _), sync_playwright() as play:
        browser = chromium(play)
        picture = taken(browser.new_page(viewport=SIZE, color_scheme="light"), address)
        browser.close()
    Image.open(BytesIO(picture)).convert("RGB").quantize(COLORS).save(out, optimize=True)
    print(f"{out}: {out.stat().st_size:,} bytes")


def taken(page: Page, address: str) -> bytes:
    """Open the Playground against a baseline, and return it as a PNG once all of it stands there."""
    wait_for(address)
    page.goto(f"{address}/Playground?{urlencode({'play_pin': BASELINE})}", timeout=WAIT_MS)
    page.get_by_text("Against the baseline").first.wait_for(timeout=WAIT_MS)
    page.locator(".js-plotly-plot").nth(3).wait_for(timeout=WAIT_MS, state="attached")
    page.wait_for_selector(QUIET, timeout=WAIT_MS)
    page.wait_for_timeout(2000)  # figures are drawn after the script has ended
    return page.screenshot()


if __name__ == "__main__":
    main()
