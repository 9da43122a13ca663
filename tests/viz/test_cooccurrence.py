import numpy as np
import pytest

from dbl_core.stats import COOCCURRENCE_MEASURES, cooccurrence, pooled, supported
from dbl_core.viz import cooccurrence as maps

NAMES = ("cow", "<b>person</b>", "dog", "yeti")


@pytest.fixture
def labels():
    return np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=bool)


@pytest.mark.parametrize("measure", COOCCURRENCE_MEASURES)
def test_every_measure_has_a_map_with_all_labels(labels, measure):
    together = cooccurrence(labels)
    with np.errstate(all="ignore"):
        figure = maps.cooccurrence_map(cooccurrence(labels, measure), together, NAMES, measure=measure)
    heat, marks = figure.data
    assert list(heat.x) == list(heat.y) == ["cow", "&lt;b&gt;person&lt;/b&gt;", "dog", "yeti"]
    assert heat.colorbar.title.text == maps.COLOR_OF_MEASURE[measure]
    assert marks.customdata.shape[0] == 16
    assert list(marks.customdata[6, :5]) == [1, 2, 1, 3, 2]  # person and dog: 1 image, 3 with person, 2 with dog


def test_rare_pairs_are_masked_and_the_diagonal_is_blank(labels):
    together = cooccurrence(labels)
    cells = maps.cooccurrence_map(together, together, NAMES, measure="count", shown=supported(together, 2)).data[0].z
    assert np.isfinite(cells).sum() == 2  # person and dog with themselves; every pair meets once only
    cells = (
        maps.cooccurrence_map(
            cooccurrence(labels, "jaccard"), together, NAMES, measure="jaccard", shown=supported(together, 1)
        )
        .data[0]
        .z
    )
    assert np.isnan(np.diag(cells)).all()
    assert np.isfinite(cells).sum() == 4


def test_signed_measures_are_symmetric_about_no_relation(labels):
    heat = maps.cooccurrence_map(cooccurrence(labels, "phi"), cooccurrence(labels), NAMES, measure="phi").data[0]
    assert heat.zmin == -heat.zmax


def test_the_chosen_pair_is_framed(labels):
    together = cooccurrence(labels)
    (frame,) = maps.cooccurrence_map(
        together, together, NAMES, measure="count", view=maps.View(np.arange(4), np.arange(4), (1, 2))
    ).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (1.5, 2.5, 0.5, 1.5)


def test_nothing_in_common_at_all():
    alone = np.eye(3, dtype=bool)
    for measure in COOCCURRENCE_MEASURES:
        maps.cooccurrence_map(cooccurrence(alone, measure), cooccurrence(alone), ("a", "b", "c"), measure=measure)


def test_a_view_draws_some_labels_in_its_own_order_with_the_same_colours(labels):
    together = cooccurrence(labels)
    whole = maps.cooccurrence_map(together, together, NAMES, measure="count")
    view = maps.View(np.array([2, 1]), np.array([0, 1, 2]), (3, 0))
    part = maps.cooccurrence_map(together, together, NAMES, measure="count", view=view)
    heat, marks = part.data
    assert list(heat.y) == ["dog", "&lt;b&gt;person&lt;/b&gt;"]
    assert heat.z.shape == (2, 3)
    assert heat.z.dtype == np.float32
    assert (heat.zmin, heat.zmax) == (whole.data[0].zmin, whole.data[0].zmax)
    assert [tuple(cell[:2]) for cell in marks.customdata] == [(2, 0), (2, 1), (2, 2), (1, 0), (1, 1), (1, 2)]
    assert not part.layout.shapes  # yeti is not in this part


def test_the_overview_frames_the_window_and_its_blocks_can_be_clicked():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 9, (300, 300))
    blocks = pooled(values, 60)
    figure = maps.overview_map(blocks, measure="count", window=(10, 250), size=50)
    heat, marks = figure.data
    assert heat.z.shape == (60, 60)
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (250.5, 300.5, 10.5, 60.5)
    assert [int(place) for place in marks.customdata[61][:4]] == [6, 6, 10, 10]
    assert "(place)" in figure.layout.xaxis.title.text


def test_an_overview_without_any_number():
    maps.overview_map(pooled(np.full((130, 130), np.nan), 60), measure="npmi", window=(0, 0), size=50)


def test_of_many_columns_every_second_is_named():
    counts = np.eye(80, dtype=np.int64)
    figure = maps.cooccurrence_map(counts, counts, tuple(f"l{j}" for j in range(80)), measure="count")
    assert len(figure.layout.xaxis.ticktext) == 40
    assert len(figure.layout.yaxis.ticktext) == 80
