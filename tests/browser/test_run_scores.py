"""Inside the scores of a run, in a real browser: every view, the threshold slider, and an address that keeps it all."""

import re

import pytest

from tests.browser.test_story import LONG_MS, Visitor
from tests.fake_runs import BCE, DB_FOCAL, write_run

pytestmark = pytest.mark.browser


def test_every_view_of_the_scores(browser, served, tmp_path):
    runs = tmp_path / "runs"
    runs.mkdir()
    write_run(runs / "db", DB_FOCAL, skill=0.6)
    write_run(runs / "bce", BCE, skill=0.3)
    with served(runs) as address:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        visitor = Visitor(context.new_page(), address)
        tab = visitor.tab
        visitor.open("Runs?runs=db,bce")
        for title, said in (
            ("Calibration", "Wilson intervals"),
            ("Best and worst images", "Lowest scores with it"),
            ("Confusions", "how many times its base rate"),
            ("Thresholds", "chosen on the test images are optimistic"),
        ):
            tab.get_by_role("radio", name=title, exact=True).click()
            tab.get_by_text(re.compile(said)).first.wait_for(timeout=LONG_MS)
            visitor.settle()
        for chart in ("class_precision", "class_recall", "macro_f1", "class_curve"):
            tab.locator(f".st-key-runs_{chart} .js-plotly-plot").wait_for(timeout=LONG_MS)
        slider = tab.get_by_role("slider", name=re.compile("Threshold")).first
        slider.focus()
        slider.press("ArrowRight")
        visitor.settle()
        tab.wait_for_url(re.compile("runs_threshold=0.55"), timeout=LONG_MS)
        again = Visitor(context.new_page(), address)
        again.open(tab.url.removeprefix(f"{address}/"))
        shown = again.tab.get_by_role("slider", name=re.compile("Threshold")).first
        assert "0.55" in shown.get_attribute("aria-valuetext")
        context.close()
        assert not visitor.trouble + again.trouble
