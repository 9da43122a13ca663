"""Lesson files: what is read, what is refused with file and line, and a damaged one never takes the others along."""

import textwrap

import pytest

from dbl_core.errors import DataError
from dbl_core.lessons import read_lesson, read_library
from dbl_core.lessons.model import KEPT_PARAMETERS, PAGES
from dbl_core.lessons.parse import MOST_CHARACTERS
from dbl_core.packaged import DATA_DIR

HEADER = "---\ntitle: T\nminutes: 5\nsummary: S\n---\n"
QUESTION = "```question\nask: How many?\nkind: number\nlow: 1\nhigh: 9\n```\n"
ANSWER = "```answer\ncompute: imbalance_ratio\nvalue: ratio\n```\n"


def lesson(body, header=HEADER):
    return read_lesson("03-some-name.md", header + textwrap.dedent(body))


def test_a_whole_lesson_is_read():
    read = lesson(
        f"\n## One\n\nText with $x$ and [[most]].\n\n{QUESTION}{ANSWER}"
        "```look\nAt **[[ratio]]**.\n```\n"
        '```open\npage: Labels\nlabel: See\naddress: {labels_log: true, labels_first: "[[most]]"}\n```\n'
        "\n## Two\nOnly text.\n"
    )
    assert (read.number, read.name, read.title, read.requires) == (3, "some-name", "T", "rows")
    one, two = read.steps
    assert one.text == "Text with $x$ and [[most]]."
    assert (one.question.low, one.question.scale, one.answer.compute) == (1, "linear", "imbalance_ratio")
    assert one.look == "At **[[ratio]]**."
    assert one.opening.address == {"labels_log": "true", "labels_first": "[[most]]"}
    assert (two.title, two.text, two.question) == ("Two", "Only text.", None)
    assert (one.line, two.line) == (7, 30)


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("", 5, "no step"),
        ("stray\n## One\nText\n", 6, "before the first step"),
        ("## One\n", 6, "no text"),
        ("## One\nText\n```question\nask: x\nkind: number\nlow: 9\nhigh: 1\n```\n" + ANSWER, 8, "low below high"),
        ("## One\nText\n```question\nask: x\nkind: dance\n```\n" + ANSWER, 8, "kind"),
        ("## One\nText\n```question\nask: x\nkind: number\nlow: 0\nhigh: 9\nscale: log\n```\n" + ANSWER, 8, "above 0"),
        ("## One\nText\n```question\nask: x\nkind: choice\noptions: {a: A}\n```\n" + ANSWER, 8, "at least two"),
        ("## One\nText\n" + QUESTION, 6, "needs an answer"),
        ("## One\nText\n```answer\ncompute: no_such\n```\n", 8, "unknown computation 'no_such'"),
        ("## One\nText\n```answer\ncompute: ap_spread\nwith: {positives: many}\n```\n", 8, "positives"),
        ("## One\nText\n```answer\ncompute: ap_spread\nwith: {negatives: 3}\n```\n", 8, "negatives"),
        ("## One\nText\n```answer\ncompute: gini\n  bad: [\n```\n", 10, "no YAML"),
        ("## One\nText\n```answer\ncompute: &a gini\n```\n", 9, "anchors"),
        ("## One\nText\n```answer\n- gini\n```\n", 9, "pairs"),
        ("## One\nText\n" + ANSWER + ANSWER, 12, "two blocks"),
        ("## One\nText\n```script\nalert\n```\n", 8, "unknown block 'script'"),
        ("## One\nText\n```look\nno end\n", 8, "does not end"),
        ("## One\nText ![spy](https://example.org/x.png)\n", 7, "no pictures"),
        ("## One\nText\n```look\n![spy][1]\n```\n", 9, "no pictures"),
        ("## One\nText\n```open\npage: Nowhere\nlabel: x\n```\n", 8, "unknown page"),
        ("## One\nText\n```open\npage: Labels\nlabel: x\naddress: {ratio: 3}\n```\n", 8, "student's choice"),
        (
            "## One\nText\n" + ANSWER + "```control\nname: rho\nlabel: x\nlow: 1\nhigh: 2\n```\n",
            6,
            "no parameter 'rho'",
        ),
        ("## One\nText\n" + ANSWER + "```control\nname: rho\nlabel: x\n```\n", 12, "low and high"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(body, line, words):
    with pytest.raises(DataError) as refused:
        lesson(body)
    sentence = str(refused.value)
    assert sentence.startswith(f"03-some-name.md, line {line}: ")
    assert words in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("## One\nText\n", "header"),
        ("---\ntitle: T\n", "does not end"),
        ("---\ntitle: T\nsummary: S\nminutes: 900\n---\n## One\nText\n", "minutes"),
        ("---\ntitle: T\nsummary: S\nauthor: me\n---\n## One\nText\n", "author"),
        ("---\nsummary: S\n---\n## One\nText\n", "title"),
        ("---\ntitle: [1\n---\n## One\nText\n", "no YAML"),
    ],
)
def test_headers_are_checked(header, words):
    with pytest.raises(DataError, match=words):
        read_lesson("01-x.md", header)


@pytest.mark.parametrize("name", ["1-x.md", "01-X.md", "01-.md", "01-a b.md", "../01-a.md", "01-a.txt"])
def test_file_names_are_checked(name):
    with pytest.raises(DataError, match="named like"):
        read_lesson(name, HEADER + "## One\nText\n")


def test_a_lesson_has_a_bounded_size():
    with pytest.raises(DataError, match="more than"):
        lesson("## One\n" + "x" * MOST_CHARACTERS)
    with pytest.raises(DataError, match="steps"):
        lesson("## One\nText\n" * 21)


def test_a_damaged_file_is_named_and_the_others_work(tmp_path):
    good = HEADER + "## One\nText\n"
    (tmp_path / "01-good.md").write_text(good)
    (tmp_path / "01-same.md").write_text(good)
    (tmp_path / "02-bytes.md").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "03-broken.md").write_text(HEADER)
    (tmp_path / "04-folder.md").mkdir()
    (tmp_path / "05-late.md").write_text(good)
    (tmp_path / "README.md").write_text("# no lesson")
    library = read_library(tmp_path)
    assert [each.name for each in library.lessons] == ["good", "late"]
    assert [sentence.split(",")[0] for sentence in library.damaged] == [
        "01-same.md",
        "02-bytes.md",
        "03-broken.md",
        "04-folder.md",
    ]
    assert library.named("late").number == 5
    assert library.named("nothing") is None
    assert library.after(library.named("good")).name == "late"
    assert library.after(library.named("late")) is None
    with pytest.raises(DataError, match="cannot be read"):
        read_library(tmp_path / "nowhere")


def test_the_shipped_lessons_are_eight_of_four_to_seven_steps():
    library = read_library(DATA_DIR / "lessons")
    assert not library.damaged
    assert [each.number for each in library.lessons] == list(range(1, 9))
    for each in library.lessons:
        assert 4 <= len(each.steps) <= 7
        assert each.minutes == 5
        assert sum(step.question is not None for step in each.steps) >= len(each.steps) - 1
        assert any(step.opening for step in each.steps)
        assert all(step.look for step in each.steps)
    assert sum("$" in step.text for each in library.lessons for step in each.steps) >= 10


def test_pages_that_can_be_opened_are_pages_of_the_app():
    from pages.ui import page, state

    assert set(PAGES) <= set(page.PAGES)
    assert KEPT_PARAMETERS == state.DATASET_KEYS
