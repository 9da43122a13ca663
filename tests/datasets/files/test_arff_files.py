"""ARFF, dense and sparse, with Mulan's XML or MEKA's -C."""

import csv

import numpy as np
import pytest

from dbl_core.datasets.files import read_label_file, xml_tree
from dbl_core.errors import DataError

XML = (
    '<?xml version="1.0"?><labels xmlns="http://mulan.sourceforge.net/labels">'
    '<label name="cat"/><label name="big dog"></label></labels>'
)
HEADER = """% a comment
@RELATION pets
@attribute weight numeric
@attribute colour {red, 'dark blue', "green"}
@ATTRIBUTE cat {0,1}
@attribute 'big dog' {0,1}
@data
"""
DENSE = HEADER + "1.5,red,1,0\n% between\n\n2,'dark blue',0,1\n-3e1,green,1,1\n"
SPARSE = HEADER + "{0 1.5, 2 1}\n{0 2,1 'dark blue',3 1}\n{0 -3e1, 1 green, 2 1, 3 1}\n{}\n"


@pytest.fixture
def arff(tmp_path):
    """Writes an ARFF file, with an XML file beside it unless told otherwise."""

    def write(content, xml=XML, name="pets.arff"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        if xml:
            (tmp_path / "pets.xml").write_text(xml, encoding="utf-8")
        return tmp_path / name

    return write


def refused(path):
    with pytest.raises(DataError) as caught:
        read_label_file(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("content", [DENSE, SPARSE, DENSE.replace("\n", "\r\n"), "\ufeff" + DENSE])
def test_mulan(arff, content):
    table = read_label_file(arff(content))
    assert table.label_names == ("cat", "big dog")
    assert table.labels[:3].tolist() == [[True, False], [False, True], [True, True]]
    assert table.features[:3].tolist() == [[1.5, 0], [2, 1], [-30, 2]]
    assert table.n_inputs == 2
    assert table.notes[0] == "Labels are those of pets.xml."
    if content == SPARSE:
        assert not table.labels[3].any()
        assert not table.features[3].any()


def test_mulans_train_and_test_files(arff):
    assert read_label_file(arff(DENSE, name="pets-train.arff")).n_labels == 2
    assert read_label_file(arff(DENSE, name="pets-test.arff")).n_labels == 2


@pytest.mark.parametrize(("count", "names"), [("-2", ("cat", "big dog")), ("-1", ("big dog",))])
def test_meka_counts_from_the_end(arff, count, names):
    table = read_label_file(arff(DENSE.replace("pets", f"'pets: -C {count}'"), xml=None))
    assert table.label_names == names


def test_meka_counts_from_the_front(arff):
    content = "@relation 'x: -C 1 -split 5'\n@attribute a {0,1}\n@attribute b real\n@data\n1,2\n0,3\n"
    table = read_label_file(arff(content, xml=None))
    assert table.label_names == ("a",)
    assert table.features.tolist() == [[2], [3]]


def test_missing_values_and_texts(arff):
    content = (
        HEADER.replace("weight numeric", "weight numeric\n@attribute note string") + "1,'a, b',red,1,0\n?,x,?,0,1\n"
    )
    table = read_label_file(arff(content))
    assert table.features.tolist() == [[1, 0], [1, 0]]
    assert table.n_inputs == 3
    assert "2 missing feature values are replaced by the mean of their attribute." in table.notes
    assert "1 attributes of text are no features and left out." in table.notes


def test_escaped_quotes(arff):
    content = HEADER.replace("'big dog'", r"'it\'s a dog'") + "1,red,1,0\n"
    table = read_label_file(arff(content, xml=XML.replace("big dog", "it's a dog")))
    assert table.label_names == ("cat", "it's a dog")


def test_an_omitted_label_that_begins_with_1_is_1(arff):
    content = SPARSE.replace("cat {0,1}", "cat {1,0}")
    assert read_label_file(arff(content)).labels[:, 0].tolist() == [True, True, True, True]


def test_too_many_features_are_left_out(arff, monkeypatch):
    from dbl_core.datasets.files import arff as module

    monkeypatch.setattr(module, "MAX_FEATURE_CELLS", 4)
    table = read_label_file(arff(DENSE))
    assert table.features is None
    assert table.n_inputs == 2


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("2,'dark blue',0,1", "2,'dark blue',2,1", ["line 11", "column 3 ('cat')", "'2'", "0 or 1"]),
        ("2,'dark blue',0,1", "2,'dark blue',?,1", ["line 11", "column 3", "'?'"]),
        ("2,'dark blue',0,1", "2,'dark blue',0", ["line 11", "3 values", "4 attributes"]),
        ("2,'dark blue',0,1", "2,'dark blue,0,1", ["line 11"]),
        ("2,'dark blue',0,1", "2,pink,0,1", ["line 11", "column 2 ('colour')", "'pink'"]),
        ("2,'dark blue',0,1", "two,red,0,1", ["line 11", "column 1 ('weight')", "'two'"]),
        ("2,'dark blue',0,1", "nan,red,0,1", ["line 11", "'nan'"]),
        ("2,'dark blue',0,1", "{0 1", ["line 11", "'}'"]),
        ("2,'dark blue',0,1", "{9 1}", ["line 11", "'9 1'"]),
        ("2,'dark blue',0,1", "{0 1,0 1}", ["line 11", "once"]),
        ("2,'dark blue',0,1", "{x 1}", ["line 11", "'x 1'"]),
        ("cat {0,1}", "cat {0,1,2}", ["'cat'", "{0,1}"]),
        ("cat {0,1}", "cat string", ["'cat'", "{0,1}"]),
        ("cat {0,1}", "weight {0,1}", ["line 5", "repeats the attribute 'weight'"]),
        ("cat {0,1}", "cat", ["line 5", "a name and a type"]),
        ("cat {0,1}", "cat {0,0}", ["line 5", "a name and a type"]),
        ("@ATTRIBUTE cat {0,1}", "@column cat", ["line 5", "@attribute"]),
        ("@data", "@date", ["line 7"]),
        ("weight numeric", "weight numeric\nfoo", ["line 4", "'foo'"]),
    ],
)
def test_bad_lines_are_named(arff, old, new, parts):
    assert old in DENSE
    sentence = refused(arff(DENSE.replace(old, new)))
    for part in parts:
        assert part in sentence, sentence


@pytest.mark.parametrize(
    ("xml", "part"),
    [
        (XML.replace("cat", "cow"), "label 1, 'cow', is no attribute"),
        (XML.replace("big dog", "cat"), "names a label twice"),
        ("<labels/>", "names no label"),
        ("<labels>", "not valid XML"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><labels>&b;</labels>', "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><labels/>', "document type"),
        ("<labels>" + "<label>" * 100 + "</label>" * 100 + "</labels>", "nested too deep"),
    ],
)
def test_bad_xml(arff, xml, part):
    assert part in refused(arff(DENSE, xml=xml))


def test_large_xml(arff, monkeypatch):
    monkeypatch.setattr(xml_tree, "MAX_XML_BYTES", 64)
    assert "at most" in refused(arff(DENSE))


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (DENSE, "put pets.xml beside it"),
        (DENSE.replace("pets", "'pets: -C 9'"), "-C 9 in @relation does not fit its 4 attributes"),
        (DENSE.replace("pets", "'pets: -C 0'"), "-C 0"),
        (HEADER.replace("pets", "'pets: -C -2'"), "no rows"),
        (HEADER.replace("@data\n", ""), "no @data line"),
        ("@relation 'x: -C 1'\n@data\n1\n", "declares no attribute"),
    ],
)
def test_headers_that_do_not_do(arff, content, part):
    assert part in refused(arff(content, xml=None))


def test_a_real_set_written_as_arff_is_the_same(shared_dir, tmp_path):
    table = read_label_file(shared_dir / "data/mld/emotions_labels.npz")
    for sparse in (False, True):
        lines = ["@relation 'emotions: -C 6'"]
        lines += [f"@attribute '{name}' {{0,1}}" for name in table.label_names]
        lines += [f"@attribute f{j} numeric" for j in range(table.features.shape[1])] + ["@data"]
        for row, values in zip(table.labels.astype(int).tolist(), table.features.tolist(), strict=True):
            cells = [*row, *map(repr, values)]
            pairs = (f"{j} {cell}" for j, cell in enumerate(cells) if cell not in (0, "0.0"))
            lines.append("{" + ",".join(pairs) + "}" if sparse else ",".join(map(str, cells)))
        path = tmp_path / f"emotions{sparse}.arff"
        path.write_text("\n".join(lines))
        again = read_label_file(path)
        assert again.label_names == table.label_names
        assert np.array_equal(again.labels, table.labels)
        assert np.array_equal(again.features, table.features)
        assert again.n_inputs == table.n_inputs
    with (shared_dir / "data/published_measures.csv").open(newline="") as file:
        assert any(int(row["inputs"]) == again.n_inputs for row in csv.DictReader(file) if row["dataset"] == "emotions")
