"""All eight lessons in a real browser: every step is predicted, answered and left; a page opened leads back."""

import re

import pytest

from dbl_core.lessons import read_library
from dbl_core.packaged import DATA_DIR
from tests.browser.test_story import LONG_MS, Visitor

pytestmark = pytest.mark.browser

FIRST_HEAD_MS = 240_000
"""How long the first head may take, whose features are computed from drawn scenes before."""
LESSONS = read_library(DATA_DIR / "lessons").lessons


@pytest.fixture(scope="module")
def lab(browser, served, tmp_path_factory):
    with served(tmp_path_factory.mktemp("lessons") / "runs") as address:
        yield address


@pytest.fixture
def visitor(browser, lab):
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    person = Visitor(context.new_page(), lab)
    yield person
    context.close()
    assert not person.trouble


def predict(visitor, question):
    """Fill in the form of a step and send it."""
    tab = visitor.tab
    if question.kind == "choice":
        tab.get_by_test_id("stRadio").locator("label").nth(1).click()  # the first of the options
    elif question.kind == "order":
        visitor.settle()  # a page that is still being drawn closes the list
        box = tab.get_by_test_id("stMultiSelect").get_by_role("combobox")
        box.click()
        for _ in range(4):
            tab.get_by_role("option").first.click()
        box.press("Escape")
    tab.get_by_role("button", name="Predict, and see the answer").click()
    tab.get_by_text(re.compile("You said")).wait_for(timeout=FIRST_HEAD_MS)


def test_all_lessons_are_walked(visitor):
    tab = visitor.tab
    visitor.open("Learn")
    tab.get_by_role("button", name="Start: lesson 1").click()
    for lesson in LESSONS:
        tab.get_by_role("heading", name=f"{lesson.number}. {lesson.title}", exact=True).wait_for(timeout=LONG_MS)
        for step in lesson.steps:
            tab.get_by_role("heading", name=step.title, exact=True).wait_for(timeout=LONG_MS)
            if step.question:
                predict(visitor, step.question)
            tab.get_by_text("What to look at.").wait_for(timeout=LONG_MS)
            if step.answer.compute != "measure":
                tab.locator(".js-plotly-plot .xaxislayer-above .xtick").first.wait_for(timeout=LONG_MS)
            assert not tab.get_by_test_id("stException").count()
            assert not tab.locator("[data-testid=stAlertContentError]").count()
            tab.locator(".st-key-learn_next [data-testid=stBaseButton-primary]").click()
    tab.get_by_text(f"{len(LESSONS)} finished").wait_for(timeout=LONG_MS)
    tab.reload()
    tab.get_by_text(f"{len(LESSONS)} finished").wait_for(timeout=LONG_MS)


def test_a_page_is_opened_and_leads_back_by_keyboard_too(visitor):
    tab = visitor.tab
    tab.set_viewport_size({"width": 390, "height": 844})
    visitor.open("Learn?lesson=resampling-leaks&learned=1~04_0.20")
    tab.get_by_text("You said 20 times").wait_for(timeout=LONG_MS)
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert tab.evaluate(wide)
    tab.get_by_role("link", name="What samplers really show").click()
    visitor.heading("Labels")
    assert "from_lesson=resampling-leaks.1" in tab.url
    tab.get_by_role("link", name="Back to the lesson resampling leaks, step 1").click()
    tab.get_by_text("You said 20 times").wait_for(timeout=LONG_MS)  # what was predicted comes back too
    visitor.settle()
    tab.locator("body").press("Shift+ArrowRight")
    tab.get_by_role("heading", name="The label that nobody asked for").wait_for(timeout=LONG_MS)
    assert "lesson_step=2" in tab.url
