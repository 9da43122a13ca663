"""The Playground in a real browser: a slider retrains, a pin compares, a click on a sweep is used, waits end."""

import re
import shutil

import pytest

from tests.browser.test_story import LONG_MS, Visitor

pytestmark = pytest.mark.browser

PLOT = ".js-plotly-plot"


@pytest.fixture(scope="module")
def lab(browser, served, tmp_path_factory):
    folder = tmp_path_factory.mktemp("playground")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBL_DATA_DIR", str(folder / "data"))
        (folder / "data" / "uploads").mkdir(parents=True)
        with served(folder / "runs") as address:
            yield address, folder / "data"


@pytest.fixture(params=[1440])
def visitor(browser, lab, request):
    context = browser.new_context(viewport={"width": request.param, "height": 1000})
    person = Visitor(context.new_page(), lab[0])
    yield person
    context.close()
    assert not person.trouble


def changed(visitor, before):
    """Wait until something else stands under the bars, and return it."""
    visitor.tab.wait_for_function(
        "before => { const axis = document.querySelector('.js-plotly-plot .xaxislayer-above');"
        " return axis && axis.textContent && axis.textContent !== before; }",
        arg=before,
        timeout=LONG_MS,
    )
    visitor.settle()
    return under_the_bars(visitor)


def under_the_bars(visitor):
    """What stands there: the names of the groups, their mAP, and what it was before."""
    axis = visitor.tab.locator(PLOT).first.locator(".xaxislayer-above")
    axis.locator(".xtick").first.wait_for(timeout=LONG_MS)
    return axis.text_content()


def press(visitor, name, key, times=1):
    slider = visitor.tab.get_by_role("slider", name=re.compile(name)).first
    slider.focus()
    for _ in range(times):
        slider.press(key)


def test_a_slider_retrains_and_a_pin_compares(visitor):
    tab = visitor.tab
    visitor.open("Playground?play_steps=120")
    first = under_the_bars(visitor)
    assert "total" in first
    assert "was" not in first
    press(visitor, "mu", "ArrowRight", times=6)
    second = changed(visitor, first)
    assert "was" in second
    assert "play_loss_mu=0.6" in tab.url
    assert tab.get_by_text(re.compile(r"\d+ steps in \d")).count() == 1

    tab.get_by_role("button", name="Compare with plain BCE").click()
    tab.get_by_text(re.compile("^Against the baseline")).wait_for(timeout=LONG_MS)
    visitor.settle()
    assert "play_pin=" in tab.url
    assert tab.get_by_test_id("stMetric").count() == 4
    tab.reload()
    tab.get_by_text(re.compile("^Against the baseline")).wait_for(timeout=LONG_MS)
    tab.get_by_role("link", name="Train this for real").click()
    visitor.heading("Train")
    visitor.settle()
    assert "train_loss_mu=0.6" in tab.url
    assert tab.get_by_text("--max-steps 120").count() >= 1


def test_a_swept_point_is_clicked_and_used(visitor):
    tab = visitor.tab
    visitor.open("Playground?play_part=sweep&play_y=kappa&play_nx=3&play_ny=2&play_steps=50")
    tab.get_by_role("button", name="Train 6 heads").click()
    tab.get_by_role("button", name="Use this setting").wait_for(timeout=LONG_MS)
    visitor.settle()
    cell = tab.locator(PLOT).first.locator(".scatterlayer .trace").first.locator("path.point").nth(5)
    box = cell.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.get_by_text(re.compile("mu 1.5, .*kappa 1")).wait_for(timeout=LONG_MS)
    tab.get_by_role("button", name="Use this setting").click()
    tab.wait_for_url(re.compile("play_loss_kappa=1.*play_loss_mu=1.5|play_loss_mu=1.5.*kappa=1"), timeout=LONG_MS)
    visitor.settle()
    assert tab.locator(PLOT).count() == 2


def test_a_long_sweep_can_be_cancelled(visitor):
    tab = visitor.tab
    visitor.open("Playground?play_part=sweep&play_y=kappa&play_seeds=3&play_steps=4000")
    tab.get_by_role("button", name="Train 192 heads").click()
    tab.get_by_role("progressbar").first.wait_for(timeout=LONG_MS)
    tab.get_by_role("button", name="Cancel").click()
    tab.get_by_role("button", name="Train 192 heads").wait_for(timeout=LONG_MS)
    visitor.settle()
    assert tab.locator(PLOT).count() == 0
    visitor.open("Playground?play_steps=50&play_seed=7")  # the worker is free again, not busy with what was cancelled
    assert "total" in under_the_bars(visitor)


@pytest.mark.parametrize("visitor", [390], indirect=True)
def test_a_narrow_page_has_everything_within_its_width(visitor):
    visitor.open("Playground?play_steps=50")
    under_the_bars(visitor)
    page = "document.documentElement"
    assert visitor.tab.evaluate(f"{page}.scrollWidth <= {page}.clientWidth")
    widths = visitor.tab.locator(PLOT).evaluate_all("plots => plots.map(plot => plot.getBoundingClientRect().right)")
    assert len(widths) == 4
    assert max(widths) <= 390


@pytest.mark.parametrize("name", ["enron", "corel5k"])
def test_real_data_with_features(visitor, lab, shared_dir, name):
    for part in ("labels", "features_csr"):
        shutil.copy(shared_dir / "data" / "mld" / f"{name}_{part}.npz", lab[1])
    visitor.open(f"Playground?data=file&file={name}_labels.npz&play_steps=120")
    before = under_the_bars(visitor)
    press(visitor, "mu", "ArrowRight", times=4)
    assert "was" in changed(visitor, before)
    assert visitor.tab.locator(PLOT).count() == 4
