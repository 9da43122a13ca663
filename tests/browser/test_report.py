"""A report opened from disk without a network: drawn, readable for all, printed, and files come out of it."""

import csv

import pytest

from dbl_core.cli import main
from tests.browser.test_access import grave
from tests.fake_runs import BCE, DB_FOCAL, write_run

pytestmark = pytest.mark.browser
FIGURES = "[data-figure]"
TITLE = "[data-figure=results-groups] .ytitle"
PALE, DARK, CLEAR, WHITE = "rgb(230, 235, 241)", "rgb(27, 36, 48)", "rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"
PAPER_PX, SOON_MS = 680, 20_000
BOXES = "all => all.map((one) => one.getBoundingClientRect())"
COLOR_IS = f"color => getComputedStyle(document.querySelector('{TITLE}')).fill === color"


def assert_axe_finds_nothing_grave(tab):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    assert grave(axe.Axe().run(tab, options={"resultTypes": ["violations"]}).response) == []


def assert_paper_is_light_and_wide(tab):
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.wait_for_function(COLOR_IS, arg=DARK, timeout=SOON_MS)
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") in (CLEAR, WHITE)
    assert {box["width"] for box in tab.locator(f"{FIGURES} .main-svg").evaluate_all(BOXES)} == {PAPER_PX}
    assert not tab.locator("button").filter(visible=True).count()
    tab.emulate_media(media="screen")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    tab.wait_for_function(COLOR_IS, arg=PALE, timeout=SOON_MS)
    tab.wait_for_function("() => document.documentElement.scrollWidth === 390", timeout=SOON_MS)


def test_a_report_opens_anywhere(browser, tmp_path):
    write_run(tmp_path / "bce", BCE, skill=0.3)
    write_run(tmp_path / "db <i>", DB_FOCAL, skill=0.6)
    names = [str(tmp_path / name) for name in ("bce", "db <i>")]
    assert main(["report", *names, "--out", str(tmp_path / "report.html")]) == 0
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    context.set_offline(True)
    tab, trouble, asked = context.new_page(), [], []
    tab.on("console", lambda message: trouble.append(message.text))
    tab.on("pageerror", lambda error: trouble.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    address = (tmp_path / "report.html").as_uri()
    tab.goto(address)
    for summary in tab.locator("details.folded > summary").all():
        summary.focus()
        summary.press("Enter")
    for figure in tab.locator(FIGURES).all():
        figure.scroll_into_view_if_needed()
        figure.locator(".main-svg").first.wait_for()
    assert tab.locator(f"{FIGURES}[data-drawn]").count() == tab.locator(FIGURES).count() > 15
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.wait_for_function(COLOR_IS, arg=PALE, timeout=SOON_MS)
    assert tab.get_by_role("button", name="Zoom").count()
    assert not tab.get_by_role("button", name="Share chart").count(), "a figure is sent to nobody"
    assert_axe_finds_nothing_grave(tab)
    assert_paper_is_light_and_wide(tab)
    tab.emulate_media(color_scheme="light")
    tab.wait_for_function(COLOR_IS, arg=DARK, timeout=SOON_MS)
    assert_axe_finds_nothing_grave(tab)
    with tab.expect_download() as table:
        tab.get_by_role("button", name="CSV of the table: Every run").press("Enter")
    with open(table.value.path(), encoding="utf-8", newline="") as file:  # noqa: PTH123 - a name of Playwright's
        assert {row["Run"] for row in csv.DictReader(file)} == {"bce", "db <i>"}
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with tab.expect_download() as picture:
            tab.get_by_role("button", name=f"{kind} of the figure: mAP by group of classes").click()
        assert picture.value.suggested_filename == f"results-groups.{kind.lower()}"
        with open(picture.value.path(), "rb") as file:  # noqa: PTH123
            assert file.read(4) == begins
    assert tab.pdf(format="A4").startswith(b"%PDF-")
    context.close()
    assert not trouble
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [address]
