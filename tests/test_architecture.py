"""The rules of the house, read from the imports with ``ast``: layers, who may use torch, Streamlit, subprocess."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "dbl_core"
# Every module imports only from its own layer or those above it in this list.
LAYERS = (
    {"errors", "hosting", "packaged", "whole_files"},
    {"longtail", "stats", "metrics"},
    {"losses", "samplers", "datasets", "models"},
    {"config", "lessons", "methods", "recipes"},
    {"runs"},
    {"search"},
    {"train", "worker", "viz", "pretrain", "download"},
    {"report"},
    {"cli", "__main__"},
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
TORCH_ALLOWED = {"losses", "models", "samplers", "train", "worker", "pretrain"}
# What the Streamlit server imports; none of it may load torch.
SERVER_MODULES = (
    "dbl_core.config",
    "dbl_core.datasets",
    "dbl_core.download.job",
    "dbl_core.lessons",
    "dbl_core.longtail",
    "dbl_core.losses",
    "dbl_core.metrics",
    "dbl_core.recipes",
    "dbl_core.report",
    "dbl_core.runs.process",
    "dbl_core.runs.estimate",
    "dbl_core.runs.store",
    "dbl_core.train.draws",
    "dbl_core.samplers",
    "dbl_core.search.start",
    "dbl_core.stats",
    "dbl_core.viz.labels",
    "dbl_core.worker.client",
)
MAX_LINES, MAX_PAGE_LINES, MAX_FUNCTION_LINES = 300, 120, 40


def sources(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every imported module of a file, and whether the import stands at the top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, id(node) in top
            yield from ((f"{node.module}.{alias.name}", id(node) in top) for alias in node.names)


def part(path: Path) -> str:
    """The layer name of a file of dbl_core."""
    relative = path.relative_to(CORE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


CORE_FILES = [path for path in sources(CORE) if path != CORE / "__init__.py"]
PAGE_FILES = [ROOT / "app.py", *sources(ROOT / "pages")]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CORE_FILES, ids=name_of)
def test_core_imports_go_downward(path):
    for module, _ in imports(path):
        used = [*module.split("."), ""][1]
        if module.startswith("dbl_core.") and not used.startswith("__version"):
            assert RANK[used] <= RANK[part(path)], f"{name_of(path)} imports {module} from a layer above it"


@pytest.mark.parametrize("path", CORE_FILES, ids=name_of)
def test_core_keeps_its_hands_off(path):
    roots = {module.split(".")[0] for module, _ in imports(path)}
    assert "streamlit" not in roots
    if "torch" in roots:
        assert part(path) in TORCH_ALLOWED, f"{name_of(path)} imports torch"
    if part(path) != "viz":
        assert "plotly" not in roots, "figures are made in viz only"
    if path != CORE / "runs" / "process.py":
        assert not roots & {"subprocess", "signal"}, "processes are started and stopped in runs/process.py only"


@pytest.mark.parametrize("path", PAGE_FILES, ids=name_of)
def test_pages_pick_call_and_show(path):
    roots = {module.split(".")[0] for module, _ in imports(path)}
    assert not roots & {"torch", "subprocess", "signal", "plotly", "pickle"}
    if path.name not in ("state.py", "bound.py"):  # bound.py reads, for state.py, what Streamlit notes of its widgets
        text = path.read_text(encoding="utf-8")
        assert "session_state" not in text, "only pages/ui/state.py touches the session state"
        assert "query_params" not in text.replace('bind="query-params"', ""), "only pages/ui/state.py touches the URL"


@pytest.mark.parametrize("module", SERVER_MODULES)
def test_the_server_side_loads_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_home_is_painted_before_anything_heavy_is_loaded(tmp_path):
    code = """
import runpy, sys
import streamlit as st
from_the_start, titles, written = set(sys.modules), [], st.markdown

def lead(*text, **look):
    loaded = set(sys.modules) - from_the_start
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names - {"streamlit", "pages", "dbl_core"}
    core = {name for name in loaded if name.startswith("dbl_core.")} - {"dbl_core.errors"}
    print(titles, sorted(foreign | core))
    st.markdown = written
    return written(*text, **look)

st.title = lambda text, **_: titles.append(text)
st.markdown = lead  # the first text of a page, after its title
runpy.run_path("deploy/streamlit-cloud/streamlit_app.py", run_name="__main__")  # without a browser it opens no page
runpy.run_path("app.py", run_name="__main__")
print(sorted({"pandas", "scipy.sparse", "scipy.special", "sklearn", "torch"} & set(sys.modules)))
"""
    places = {"DBL_MODE": "local", "DBL_RUNS_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | places, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["['Long-Tail Lab'] []", "['pandas']"], done.stdout + done.stderr[-2000:]


@pytest.mark.parametrize("path", [*CORE_FILES, *PAGE_FILES], ids=name_of)
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    page = path.parent == ROOT / "pages" or path.name == "app.py"
    assert len(text.splitlines()) <= (MAX_PAGE_LINES if page else MAX_LINES)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= MAX_FUNCTION_LINES, f"{name_of(path)}: {node.name} has {length} lines"


def test_nothing_is_pickled():
    for path in [*CORE_FILES, *PAGE_FILES]:
        assert not {module.split(".")[0] for module, _ in imports(path)} & {"pickle", "joblib", "dill"}, name_of(path)
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8"), name_of(path)
