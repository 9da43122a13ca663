"""Who sees little or uses no mouse: axe-core on every page in both themes, the words in figures, and the Tab key."""

from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from dbl_core.runs import examples
from tests.browser.test_story import LONG_MS, Visitor

pytestmark = pytest.mark.browser

RUNS = quote(",".join(f"{examples.PREFIX}{name}" for name in ("db-focal", "bce-uniform")))
PAGES = {
    "Home": "",
    "Dataset": "Dataset?preset=by-ratio&ratio=20",
    "Labels": "Labels",
    "Loss Lab": "Loss_Lab",
    "Playground": "Playground",
    "Train": "Train",
    "Train, a run": f"Train?run={examples.PREFIX}db-focal",
    "Runs": f"Runs?runs={RUNS}",
    "Learn": "Learn",
    "Learn, a step": "Learn?lesson=long-tail",
}
PLOTS = {"Home": 1, "Dataset": 1, "Labels": 4, "Loss Lab": 3, "Playground": 4, "Train, a run": 4, "Runs": 2}
"""The least number of figures without which a page is not yet there."""
GRAVE = {"serious", "critical"}
FRAMEWORK = {
    # KaTeX formulas scroll sideways where they are wider than their column; browsers focus such a box by themselves
    # (Chromium 130, Firefox), and Streamlit gives no way to mark it.
    ("scrollable-region-focusable", "katex-display"),
}
"""Rule and class of what Streamlit makes and no page can change."""
LEAST_CONTRAST = 4.5
CONTRASTS = """() => {
  const parts = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const page = parts(getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor);
  const words = document.querySelectorAll(".js-plotly-plot :is(g[class$=tick], g[class^=g-][class$=title]," +
    " .legendtext, .annotation-text, .textpoint, .bartext-outside), .vega-embed svg text");
  const texts = [...words].map((word) => word.matches("text") ? word : word.querySelector("text")).filter(Boolean);
  return texts.map((text) => {
    const style = getComputedStyle(text), alpha = Number(style.fillOpacity);
    const shown = parts(style.fill).slice(0, 3).map((c, i) => alpha * c + (1 - alpha) * page[i]);
    const [low, high] = [light(shown), light(page)].sort((a, b) => a - b);
    return [(high + 0.05) / (low + 0.05), text.textContent];
  });
}"""
"""Contrast of the words of every figure with the page; axe does not look into drawings."""


@pytest.fixture(scope="module")
def lab(served, tmp_path_factory):
    runs_dir = tmp_path_factory.mktemp("access") / "runs"
    runs_dir.mkdir()
    examples.bring(runs_dir)
    with served(runs_dir) as address:
        yield address


@pytest.fixture(scope="module")
def person(browser, lab):
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.add_init_script("localStorage.setItem('long-tail-lab-tour-seen', '1')")
    someone = Visitor(context.new_page(), lab)
    yield someone
    context.close()
    assert not someone.trouble


def grave(results):
    """Rule, element and what is wrong, of all grave faults that are the lab's own."""
    return [
        (fault["id"], node["html"][:200], node["failureSummary"])
        for fault in results["violations"]
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
        if not any(fault["id"] == rule and made_by in node["html"] for rule, made_by in FRAMEWORK)
    ]


def has_come(person, page):
    person.open(PAGES[page])
    if page in PLOTS:
        figures = person.tab.locator(".js-plotly-plot")
        figures.nth(PLOTS[page] - 1).wait_for(state="attached", timeout=LONG_MS)
        if page == "Loss Lab":
            person.tab.locator(".vega-embed svg").wait_for(timeout=LONG_MS)
        person.settle()


def walk_of(tab, steps):
    """Where the Tab key leads from the first button of a page, inside components as well: element and its name."""
    tab.get_by_role("button", name="Copy link", exact=True).focus()
    walk = []
    for _ in range(steps):
        tab.keyboard.press("Tab")
        walk.append(
            tab.evaluate(
                """() => { let one = document.activeElement;
                  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
                  return [one.tagName, one.getAttribute("aria-label") ?? one.textContent.trim()].join(": "); }"""
            )
        )
    return walk


def put_on(tab, theme):
    """Change the theme and wait until nothing fades any more."""
    tab.emulate_media(color_scheme=theme)
    tab.wait_for_function(
        """dark => { const page = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor;
          return (Number(page.match(/\\d+/)[0]) < 128) === dark
            && document.getAnimations().every((each) => !(each instanceof CSSTransition)); }""",
        arg=theme == "dark",
    )
    tab.wait_for_timeout(200)


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_grave_in_either_theme(person, page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    has_come(person, page)
    everything = {"resultTypes": ["violations"]}
    for theme, asked in (("light", everything), ("dark", everything | {"runOnly": ["color-contrast"]})):
        put_on(person.tab, theme)
        assert grave(axe.Axe().run(person.tab, options=asked).response) == []
        words = person.tab.evaluate(CONTRASTS)
        assert bool(words) == (page in PLOTS)
        assert [word for contrast, word in words if contrast < LEAST_CONTRAST] == []
    headings = person.tab.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map((one) => +one.tagName[1])")
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    walk = walk_of(person.tab, 4)
    assert len(set(walk)) == 4, "the Tab key goes in circles"
    assert any(element in place for element in ("INPUT", "BUTTON", "TEXTAREA", "DIV") for place in walk)
    if page == "Labels":
        the_numbers_of_a_figure_open_with_the_keyboard(person)
        its_picture_is_saved_in_the_format_that_is_chosen_there(person)


def the_numbers_of_a_figure_open_with_the_keyboard(person):
    button = person.tab.get_by_role("button", name="Numbers and picture").first
    button.focus()
    button.press("Enter")
    person.tab.locator("[aria-label^='Numbers of the picture: Training images per label']").first.wait_for()


def its_picture_is_saved_in_the_format_that_is_chosen_there(person):
    person.tab.get_by_role("radio", name="SVG").click()
    person.settle()
    person.tab.keyboard.press("Escape")
    figure = person.tab.locator(".js-plotly-plot").first
    figure.hover()
    with person.tab.expect_download() as picture:
        figure.locator(".modebar-btn[data-title^=Download]").click()
    assert picture.value.suggested_filename == "labels_bars.svg"
    assert Path(picture.value.path()).read_bytes().startswith(b"<svg")


def test_the_tab_key_walks_through_every_component_and_out_again(person):
    person.open()
    person.tab.get_by_role("button", name="Copy link", exact=True).press("Enter")  # its panel opens
    walk = walk_of(person.tab, 6)
    assert "BUTTON: Close" in walk
    assert any("Tour" in place for place in walk[2:])
    assert len(set(walk)) == len(walk)
