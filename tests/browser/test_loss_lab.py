"""The Loss Lab in a real browser: an option is dragged without the server, the ordinary slider answers soon."""

import re
import statistics
from itertools import pairwise

import pytest

pytestmark = pytest.mark.browser

QUIET = "[data-testid=stApp][data-test-script-state=notRunning]"
LONG_MS = 90_000
SLIDER = ".st-key-loss_drag_chart input[type=range]"
LINES = "() => [...document.querySelectorAll('.st-key-loss_drag_chart svg path')].map(p => p.getAttribute('d')).join()"
WORDS = "() => [...document.querySelectorAll('.st-key-loss_drag_chart svg text')].map(t => t.textContent)"
COUNT_MESSAGES = """() => {
    window.messages = 0;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (...parts) { window.messages += 1; return send.apply(this, parts); };
}"""
"""Counts what the browser sends to the server; a rerun of the page starts with a message."""
WATCH = """() => {
    const curves = () => [...document.querySelectorAll('.js-plotly-plot')].slice(0, 3)
        .map(plot => [...plot.querySelectorAll('path.js-line')].map(path => path.getAttribute('d')).join()).join();
    const before = curves();
    window.took = null;
    document.addEventListener('keydown', () => {
        const start = performance.now();
        const look = () => {
            if (curves() !== before) window.took = performance.now() - start;
            else requestAnimationFrame(look);
        };
        look();
    }, {once: true, capture: true});
}"""
"""Measures the milliseconds from a key to other curves."""
SOON_MS = 3000
"""A bound for a busy machine; on a quiet one it is about a third of a second."""


@pytest.fixture(scope="module")
def lab(browser, served, tmp_path_factory):
    with served(tmp_path_factory.mktemp("loss_lab") / "runs") as address:
        yield address


@pytest.fixture(params=["light", "dark"])
def tab(browser, lab, request):
    """A tab of the Loss Lab that notes errors of the console and requests to strangers."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme=request.param)
    page, trouble = context.new_page(), []
    page.set_default_timeout(30_000)
    own = (lab, lab.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda one: None if one.url.startswith(own) else trouble.append(f"request to {one.url}"))
    page.on("console", lambda one: trouble.append(one.text) if one.type == "error" and "404" not in one.text else None)
    page.goto(f"{lab}/Loss_Lab")
    page.locator(SLIDER).wait_for(timeout=LONG_MS)
    settle(page)
    yield page
    context.close()
    assert not trouble


def settle(page) -> None:
    page.wait_for_selector(QUIET, timeout=LONG_MS)
    page.wait_for_timeout(500)
    page.wait_for_selector(QUIET, timeout=LONG_MS)


def test_dragging_redraws_in_the_browser_alone(tab):
    tab.evaluate(COUNT_MESSAGES)
    slider = tab.locator(SLIDER)
    slider.focus()
    assert "μ = 0.3, as set above" in tab.evaluate(WORDS)
    seen, values = [tab.evaluate(LINES)], []
    for _ in range(4):
        tab.keyboard.press("ArrowRight")
        tab.wait_for_timeout(150)
        seen.append(tab.evaluate(LINES))
        values.append(float(slider.input_value()))
    assert values == pytest.approx([0.35, 0.4, 0.45, 0.5])
    assert all(before != after for before, after in pairwise(seen))
    assert "μ = 0.5" in tab.evaluate(WORDS)
    assert tab.evaluate("() => window.messages") == 0
    assert tab.locator(QUIET).count() == 1
    for _ in range(4):
        tab.keyboard.press("ArrowLeft")
    tab.wait_for_timeout(300)
    assert tab.evaluate(LINES) == seen[0]


def test_the_slider_of_the_form_moves_curves_and_the_handle(tab):
    tab.get_by_role("slider", name="μ · mu").first.focus()
    took = []
    for _ in range(4):
        tab.evaluate(WATCH)
        tab.keyboard.press("ArrowRight")
        tab.wait_for_function("() => window.took !== null", timeout=LONG_MS)
        took.append(tab.evaluate("() => window.took"))
        settle(tab)
    assert statistics.median(took) < SOON_MS
    assert re.search(r"loss_a_mu=0\.5", tab.url)
    assert float(tab.locator(SLIDER).input_value()) == pytest.approx(0.5)
    assert "μ = 0.5, as set above" in tab.evaluate(WORDS)


def test_a_narrow_page_is_no_wider_than_its_window(browser, lab):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{lab}/Loss_Lab?loss_a=cb_focal&loss_drag=beta&loss_log=true&loss_axis=Probability")
    page.locator(SLIDER).wait_for(timeout=LONG_MS)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 392
    assert page.locator(SLIDER).bounding_box()["width"] > 200
    box = page.locator(".st-key-loss_drag_chart svg").first.bounding_box()
    assert box["x"] + box["width"] <= 390
    assert "β = 0.9999, as set above" in page.evaluate(WORDS)
    context.close()
