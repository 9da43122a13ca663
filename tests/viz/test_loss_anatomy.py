"""The pulls of one image: minus the gradient, the image's own classes solid, what was before pale."""

import pytest

from dbl_core.viz import loss_anatomy
from dbl_core.viz.loss_anatomy import pulls
from dbl_core.viz.losses import PALE, CurveClass
from dbl_core.viz.theme import GROUP_COLORS

CLASSES = [CurveClass(0, "cow", "tail", 4), CurveClass(1, "<b>", "head", 500), CurveClass(2, "cat", "head", 300)]


def answer(scale=1.0):
    gradients = ((0, True, -0.7), (1, False, 0.2), (2, True, -0.1))
    return {"classes": [{"label": k, "present": here, "gradient": scale * g} for k, here, g in gradients]}


def bars(figure):
    return [trace for trace in figure.data if trace.x[0]]


def test_bars_are_minus_the_gradient_most_frequent_class_first():
    figure = pulls({"db": answer()}, CLASSES)
    assert list(figure.layout.xaxis.categoryarray) == ["&lt;b&gt;", "cat", "cow"]
    found = {(bar.x[0], bar.y[0], bar.marker.color, bar.marker.pattern.shape) for bar in bars(figure)}
    assert found == {
        ("&lt;b&gt;", -0.2, GROUP_COLORS["head"], "/"),
        ("cat", 0.1, GROUP_COLORS["head"], None),
        ("cow", 0.7, GROUP_COLORS["tail"], None),
    }


def test_the_loss_before_a_switch_is_pale_and_named():
    figure = pulls({"r_bce": answer(), "db, whole": answer(2)}, CLASSES)
    assert [bar.marker.opacity for bar in bars(figure)] == [1] * 3 + [PALE] * 3
    assert [trace.name for trace in figure.data if not trace.x[0]] == [
        *("in the image", "not in the image", "r_bce", "db, whole")
    ]


def test_of_many_classes_the_image_s_own_and_the_strongest_are_drawn(monkeypatch):
    monkeypatch.setattr(loss_anatomy, "MOST_CLASSES", 2)
    figure = pulls({"db": answer()}, CLASSES)
    assert list(figure.layout.xaxis.categoryarray) == ["cat", "cow"]


def test_no_class_gives_an_empty_figure():
    assert pulls({"db": {"classes": []}}, []).data == ()


@pytest.mark.parametrize("n_classes", [80, 3000])
def test_a_thousand_classes_stay_a_few_bars(n_classes):
    classes = [CurveClass(k, f"class {k}", "tail", n_classes - k) for k in range(n_classes)]
    records = [{"label": k, "present": k == n_classes - 1, "gradient": 1 / (k + 1)} for k in range(n_classes)]
    figure = pulls({"db": {"classes": records}}, classes)
    assert len(figure.layout.xaxis.categoryarray) == loss_anatomy.MOST_CLASSES
    assert figure.layout.xaxis.categoryarray[-1] == f"class {n_classes - 1}"
