"""The page of a report: complete, accessible in its structure, alone, and deaf to hostile names."""

import base64
import csv
import hashlib
import io
import json
import re
from itertools import pairwise

import pytest

from dbl_core.report import report_html
from tests.report.conftest import HOSTILE, HOSTILE_RUN, Page


def data_of(page, key):
    kinds = [attrs.get("id") for attrs in page.all("script")]
    return json.loads(page.scripts[kinds.index(key)])


def test_nothing_is_loaded_from_anywhere(page):
    for tag, attrs in page.elements:
        assert "src" not in attrs, (tag, attrs)
        assert tag in ("a", "link") or "href" not in attrs
    assert [attrs["href"] for attrs in page.all("link")] == ["data:,"]
    assert "@import" not in page.text
    assert "url(" not in page.text


def test_the_policy_allows_only_the_scripts_that_are_there(page):
    policy = next(attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none';")
    code = [text for attrs, text in zip(page.all("script"), page.scripts, strict=True) if "type" not in attrs]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in code]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert sum("plotly.js" in text[:500] for text in code) == 1


def test_structure(page):
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert len(page.all("caption")) == len(page.all("table")) > 10
    assert {attrs.get("scope") for attrs in page.all("th")} == {"col", "row"}
    inner = {attrs["href"][1:] for attrs in page.all("a") if attrs["href"].startswith("#")}
    assert inner <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    assert all(attrs.get("tabindex") == "0" for _, attrs in page.elements if "scroll" in attrs.get("class", ""))


def test_columns_of_sentences_keep_room_and_numbers_stand_flush_right(report):
    tables = {table.key: table for table in report.tables}
    assert tables["data-1-card"].looks == ("", "")
    assert tables["data-1-measures"].looks == ("", "", "", "prose", "prose")
    assert tables["runs"].looks == ("", "", "number", *["number"] * 4)


def test_every_figure_has_words_numbers_and_pictures(page, report):
    drawn = [attrs for attrs in page.all("div") if "data-figure" in attrs]
    assert [attrs["data-figure"] for attrs in drawn] == [figure.key for figure in report.figures]
    assert all(len(attrs["aria-label"]) > 20 for attrs in drawn)
    assert set(data_of(page, "figures")) == {figure.key for figure in report.figures}
    assert all(figure.table.rows for figure in report.figures)
    pictures = [(a["data-picture"], a["data-format"]) for a in page.all("button") if "data-picture" in a]
    assert pictures == [(figure.key, kind) for figure in report.figures for kind in ("png", "svg")]


def test_every_table_has_its_csv(page, report):
    tables = data_of(page, "tables")
    assert [attrs["data-csv"] for attrs in page.all("button") if "data-csv" in attrs] == list(tables)
    assert len(page.all("table")) == len(tables) == len(report.tables)
    for table in report.tables:
        lines = list(csv.reader(io.StringIO(tables[table.key])))
        assert len(lines) == 1 + len(table.rows)
        assert len({len(line) for line in lines}) == 1


def test_what_the_report_says(page):
    for words in (
        "Training images 1,142",
        "Imbalance ratio (largest over smallest count) 193.8 achieved",
        "SCUMBLE",
        "stopped is left out: it was stopped before its end.",
        "More than noise: total",
        "python -m dbl_core run --run-dir runs/bce --loss bce --sampler uniform",
        "RunConfig.model_validate(settings)",
        "@inproceedings{wu2020distribution,",
        "@software{longtaillab,",
        "mean of 2 seeds",
        "torch",
    ):
        assert words in page.text, words
    assert len(page.all("math")) > 20


@pytest.fixture(scope="module")
def hostile_page(hostile):
    return Page(report_html(hostile))


def test_hostile_names_stay_text(hostile_page, page):
    assert {tag for tag, _ in hostile_page.elements} <= {tag for tag, _ in page.elements} | {"ul", "li"}
    assert len(hostile_page.scripts) == 4
    assert not hostile_page.all("img")
    assert not [attrs for _, attrs in hostile_page.elements if any(name.startswith("on") for name in attrs)]
    for name in (*HOSTILE, HOSTILE_RUN, "<i>title</i>"):
        assert name in hostile_page.text
    counts = list(csv.reader(io.StringIO(data_of(hostile_page, "tables")["data-1-counts"])))
    assert {line[0] for line in counts[1:]} > set(HOSTILE)


def test_figures_read_names_as_text(hostile_page):
    """Plotly reads a little HTML, so names reach it escaped."""
    text = json.dumps(data_of(hostile_page, "figures"))
    assert "&lt;script&gt;" in text
    assert "<script" not in text
