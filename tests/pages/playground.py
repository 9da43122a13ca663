"""What the tests of the Playground share: where it is, which charts it shows live, what its bars say."""

from streamlit.testing.v1 import AppTest

from tests.pages.reading import figures

PAGE = "pages/4_Playground.py"
LIVE = ["play_bars", "play_classes", "play_map_curve", "play_loss_curve"]


def bars(app: AppTest, name: str = "this setting") -> list[float]:
    """Total, head, medium and tail mAP in percent, as the bars of a name show them."""
    return next(trace["y"] for trace in figures(app)["play_bars"]["data"] if trace.get("name") == name)
