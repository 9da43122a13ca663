"""The whole story in a real browser: choose a ratio, see the tail, move the loss, train, compare; and a deep link."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

QUIET = "[data-testid=stApp][data-test-script-state=notRunning]"
LONG_MS = 90_000


class Visitor:
    """A tab that notes what a user must never meet: errors on the page, in the console, requests to strangers."""

    def __init__(self, tab, address: str):
        self.tab, self.address, self.trouble = tab, address, []
        tab.set_default_timeout(30_000)
        tab.on("console", self._console)
        tab.on("request", self._request)

    def _console(self, message) -> None:
        # A deep link makes Streamlit ask two addresses that do not exist; it copes.
        if message.type == "error" and "404" not in message.text:
            self.trouble.append(message.text)

    def _request(self, request) -> None:
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.trouble.append(f"request to {request.url}")

    def open(self, path: str = "") -> None:
        self.tab.goto(f"{self.address}/{path}")
        self.settle()

    def settle(self) -> None:
        self.tab.wait_for_selector(QUIET, timeout=LONG_MS)
        self.tab.wait_for_timeout(300)
        self.tab.wait_for_selector(QUIET, timeout=LONG_MS)
        assert not self.tab.locator("[data-testid=stException]").count()

    def go(self, title: str) -> None:
        self.tab.locator("[data-testid=stSidebar]").get_by_role("link", name=title, exact=True).click()
        self.heading(title)
        self.settle()

    def heading(self, title: str) -> None:
        self.tab.get_by_role("heading", name=title, exact=True, level=1).wait_for(timeout=LONG_MS)


@pytest.fixture(scope="module")
def lab(browser, served, tmp_path_factory):
    runs_dir = tmp_path_factory.mktemp("story") / "runs"
    with served(runs_dir) as address:
        yield address, runs_dir


@pytest.fixture
def visitor(browser, lab):
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    person = Visitor(context.new_page(), lab[0])
    yield person
    context.close()
    assert not person.trouble


def test_a_deep_link_opens_its_own_page_on_a_fresh_server(browser, served, tmp_path):
    with served(tmp_path / "runs") as address:
        context = browser.new_context()
        person = Visitor(context.new_page(), address)
        person.open("Labels?preset=by-ratio&ratio=20")
        person.heading("Labels")
        assert "ratio 20" in person.tab.locator("[data-testid=stSidebar]").inner_text()
        assert person.tab.get_by_text("Page not found").count() == 0
        context.close()
        assert not person.trouble


def test_the_story(visitor, lab):
    tab = visitor.tab
    visitor.open()
    visitor.go("Dataset")
    tab.get_by_text("By ratio", exact=True).click()
    visitor.settle()
    slider = tab.get_by_role("slider").first
    before = slider.get_attribute("aria-valuetext")
    slider.focus()
    slider.press("ArrowLeft")
    visitor.settle()
    assert slider.get_attribute("aria-valuetext") != before
    ratio = re.search(r"ratio=(\d+)", tab.url).group(1)
    assert tab.locator("[data-testid=stImage] img, [data-testid=stImageContainer] img").count() >= 6

    visitor.go("Labels")
    assert f"ratio {ratio}" in tab.locator("[data-testid=stSidebar]").inner_text()
    assert tab.locator(".js-plotly-plot").count() >= 2

    visitor.go("Loss Lab")
    tab.locator(".js-plotly-plot").first.wait_for(timeout=LONG_MS)
    mu = tab.get_by_role("slider", name=re.compile("mu")).first
    drawn = tab.locator(".js-plotly-plot").first.inner_html()
    mu.focus()
    mu.press("ArrowRight")
    visitor.settle()
    tab.wait_for_function(
        "before => document.querySelector('.js-plotly-plot').innerHTML !== before", arg=drawn, timeout=LONG_MS
    )
    assert "_mu=0.35" in tab.url

    visitor.go("Train")
    tab.get_by_role("button", name="Launch").click()
    tab.wait_for_url(re.compile(r"run="), timeout=LONG_MS)
    tab.get_by_text("Tail mAP (%)").wait_for(timeout=LONG_MS)
    run_id = re.search(r"run=([^&]+)", tab.url).group(1)
    assert (Path(lab[1]) / run_id / "result.json").is_file()

    second_tab = Visitor(tab.context.new_page(), lab[0])
    second_tab.open(f"Train?run={run_id}")
    second_tab.tab.get_by_text("Tail mAP (%)").wait_for(timeout=LONG_MS)

    visitor.open()
    tab.get_by_role("button", name="Train BCE and DB-Focal, and compare").click()
    visitor.heading("Runs")
    tab.get_by_text("What came out").wait_for(timeout=LONG_MS)
    visitor.settle()
    assert tab.locator(".js-plotly-plot").count() >= 3
    assert not second_tab.trouble


def test_stop_ends_a_long_run_and_keeps_what_it_has(visitor, lab):
    tab = visitor.tab
    visitor.open("Train?train_epochs=500")
    tab.get_by_role("button", name="Launch").click()
    tab.wait_for_url(re.compile(r"run="), timeout=LONG_MS)
    tab.get_by_role("button", name="Stop").wait_for(timeout=LONG_MS)
    tab.reload()
    visitor.settle()
    tab.get_by_role("button", name="Stop").click(timeout=LONG_MS)
    tab.get_by_text("The run was stopped").wait_for(timeout=LONG_MS)
