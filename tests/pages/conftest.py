"""Opening a page as a visitor would: through the app, with what the address says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Return a function that opens a page of the app: ``open_page("pages/2_Labels.py", ratio="50")``."""

    def opened(file: str = "app.py", /, **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if file != "app.py":
            app.switch_page(file)
        for key, value in address.items():
            app.query_params[key] = value
        return app.run()

    return opened
