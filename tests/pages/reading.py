"""What a reader finds on a page under test, and what they press."""

import json

from streamlit.testing.v1 import AppTest

WORDS = ("markdown", "caption", "info", "warning", "error", "header", "subheader", "toast")


def healthy(app: AppTest) -> AppTest:
    """The page itself, once it has neither failed nor complained."""
    assert not app.exception
    assert not app.error, [box.value for box in app.error]
    return app


def words(app: AppTest) -> str:
    """All sentences of a page, without the signs that keep them from being read as Markdown."""
    return " ".join(str(part.value) for kind in WORDS for part in getattr(app, kind)).replace("\\", "")


def labels(app: AppTest) -> list[str]:
    """What stands on the buttons."""
    return [button.label.replace("\\", "") for button in app.button]


def press(app: AppTest, name: str) -> AppTest:
    """Press the button of a label or key and let the page run."""
    found = (button for button in app.button if name in (button.label.replace("\\", ""), button.key))
    return next(found).click().run()


def charts(app: AppTest) -> int:
    """How many figures the page shows."""
    return len(app.get("plotly_chart"))


def table_with(app: AppTest, column: str):
    """The first table that has a column."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def commands(app: AppTest) -> list[str]:
    """The commands of the lab that the page shows."""
    return [block.value for block in app.code if block.value.startswith("python -m")]


def figures(app: AppTest) -> dict[str, dict]:
    """Key of a chart -> what plotly is told to draw."""
    return {chart.proto.id.rsplit("-", 1)[-1]: json.loads(chart.proto.spec) for chart in app.get("plotly_chart")}


def address_of(app: AppTest) -> dict[str, str]:
    """The parameters of the address: the harness gives them as they were written, the session in lists."""
    return {key: value if isinstance(value, str) else value[0] for key, value in app.query_params.items()}
