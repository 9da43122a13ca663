"""A link copied in one browser, opened in a fresh one on a fresh server: the same view. And the tour, once."""

import re

import pytest

from tests.browser.test_story import LONG_MS, Visitor

pytestmark = pytest.mark.browser

VIEW = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const all = (query, told) => [...main.querySelectorAll(query)].map(told);
  return {
    sliders: all("[role=slider]", (one) => [one.getAttribute("aria-label"), one.getAttribute("aria-valuetext")]),
    fields: all("input", (one) => [one.getAttribute("aria-label"), one.type, one.value, one.checked]),
    boxes: all("[data-testid=stSelectbox]", (one) => [one.innerText, one.querySelector("input")?.value]),
    segments: all("[data-testid=stButtonGroup] button", (one) => [one.innerText, one.getAttribute("aria-checked")]),
    figures: all(".js-plotly-plot", (one) => [...one.querySelectorAll("text")].map((text) => text.textContent)),
    names: all("[role=img]", (one) => one.getAttribute("aria-label")),
  };
}"""
"""What the widgets hold, and every title, legend and tick of the figures."""
VIEWS = {
    "Loss Lab": "Loss_Lab?loss_a=ntr&loss_a_kappa=0.1&loss_b=asl&loss_axis=Probability&loss_log=true&ratio=50",
    "Labels": "Labels?ratio=30&labels_first=cow&labels_measure=Lift&labels_sampler=Progressive&labels_progress=80",
}


def copied(person: Visitor) -> str:
    """Press the button, and read what a reader would paste."""
    person.tab.get_by_role("button", name="Copy link", exact=True).click()
    person.tab.get_by_text("Copied.", exact=True).wait_for()
    link = person.tab.evaluate("navigator.clipboard.readText()")
    assert person.tab.get_by_role("textbox", name="The link").input_value() == link
    person.tab.keyboard.press("Escape")
    return link


def view_of(person: Visitor, title: str) -> dict:
    person.heading(title)
    person.tab.locator(".js-plotly-plot text").first.wait_for(timeout=LONG_MS, state="attached")
    person.settle()
    return person.tab.evaluate(VIEW)


def test_a_copied_link_opens_the_same_view_elsewhere(browser, served, tmp_path):
    found = {}
    with served(tmp_path / "runs") as address:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        person = Visitor(context.new_page(), address)
        for title, path in VIEWS.items():
            person.open(path)
            view_of(person, title)
            toggle = person.tab.locator("[data-testid=stCheckbox] label").filter(has_text="Logarithmic").first
            toggle.click()  # what is changed on the page is in the link, too
            person.settle()
            found[title] = (view_of(person, title), copied(person))
        context.close()
        assert not person.trouble
    with served(tmp_path / "others") as elsewhere:
        for title, (view, link) in found.items():
            assert "&v=1&d=" in link
            context = browser.new_context(viewport={"width": 1440, "height": 1000})
            other = Visitor(context.new_page(), elsewhere)
            other.open(link.removeprefix(f"{address}/"))
            opened = view_of(other, title)
            assert len(opened["figures"]) >= 3
            assert len(opened["boxes"]) >= 3
            assert opened == view
            steps = other.tab.evaluate("history.length")
            assert steps <= 2, "Back leads away: opening a link adds nothing to the history"
            context.close()
            assert not other.trouble
        the_tour_is_shown_once(browser, elsewhere)


def the_tour_is_shown_once(browser, address):
    context = browser.new_context()
    person = Visitor(context.new_page(), address)
    person.open()
    person.tab.get_by_text("1 of 5: Dataset").wait_for()
    person.tab.get_by_role("button", name="Next").press("Enter")
    person.tab.get_by_text("2 of 5: Labels").wait_for()
    person.tab.keyboard.press("Escape")
    again = person.tab.get_by_role("button", name=re.compile("^Tour"))
    again.wait_for()
    person.open()
    again.wait_for()
    assert not person.tab.get_by_text("1 of 5: Dataset").is_visible()
    again.press("Enter")
    person.tab.get_by_role("link", name="Open Dataset").press("Enter")
    person.heading("Dataset")
    context.close()
    assert not person.trouble
