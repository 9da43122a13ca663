"""CSV and TSV as people really save them, and what is refused."""

import gzip
import tracemalloc

import pytest

from dbl_core.datasets.files import limits, read_label_file, text
from dbl_core.errors import DataError


@pytest.fixture
def csv_file(tmp_path):
    """Writes a text, bytes or str, and gives its path."""

    def write(content, name="labels.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path, **options):
    with pytest.raises(DataError) as caught:
        read_label_file(path, **options)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert path.name in sentence
    return sentence


PLAIN = "image_id,cat,dog\na,1,0\nb,0,0\nc,1,1\n"


def test_columns_of_zero_and_one(csv_file):
    table = read_label_file(csv_file(PLAIN))
    assert table.label_names == ("cat", "dog")
    assert table.ids.tolist() == ["a", "b", "c"]
    assert table.labels.tolist() == [[True, False], [False, False], [True, True]]
    assert table.labels.dtype == bool
    assert table.notes == ("1 row carries no label.",)
    assert table.source == "labels.csv (CSV)"
    assert table.label_counts.tolist() == [2, 1]
    with pytest.raises(ValueError, match="read-only"):
        table.labels[0, 0] = False


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip("\n").encode(),
        (PLAIN + "\n\n").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        PLAIN.replace(",0", ",0.0").replace(",1", ",1.0").encode(),
        PLAIN.replace("1", " 1 ").encode(),
        PLAIN.replace("1", "True").replace("0", "False").encode(),
        PLAIN.replace("cat", '"cat"').encode(),
        gzip.compress(PLAIN.encode(), mtime=0),
    ],
)
def test_the_same_table_in_other_clothes(csv_file, content):
    table = read_label_file(csv_file(content))
    assert table.label_names == ("cat", "dog")
    assert table.ids.tolist() == ["a", "b", "c"]
    assert table.labels.tolist() == [[True, False], [False, False], [True, True]]


def test_quoted_line_breaks_keep_rows_together(csv_file):
    table = read_label_file(csv_file('id,"hot\r\ndog",note\n"a",1,0\n"b",0,1\n'))
    assert table.label_names == ("hot dog", "note")
    sentence = refused(csv_file('id,"hot\ndog"\na,1\n"b\nb",1\n'))
    assert "row 3" in sentence
    assert "control characters" in sentence


def test_roles_are_found_by_name(csv_file):
    table = read_label_file(csv_file("file_name,Split,cat\nx/1.jpg,train,1\nx/2.jpg,test,0\n"))
    assert table.image_names.tolist() == table.ids.tolist() == ["x/1.jpg", "x/2.jpg"]
    assert table.split.tolist() == ["train", "test"]
    assert table.label_names == ("cat",)


def test_labels_may_be_called_like_roles(csv_file):
    table = read_label_file(csv_file("id,image,set,class\n1,0,1,0\n2,1,0,1\n3,0,1,0\n"))
    assert table.label_names == ("image", "set", "class")


def test_the_caller_may_name_the_columns(csv_file):
    path = csv_file("who,what,when\nx,cat|dog,train\ny,,test\n")
    table = read_label_file(path, columns={"id": "who", "labels": "what", "split": "when"})
    assert table.ids.tolist() == ["x", "y"]
    assert table.labels.tolist() == [[True, True], [False, False]]
    with pytest.raises(ValueError, match="names 'nobody' for id, but the file has 'who', 'what', 'when'"):
        read_label_file(path, columns={"id": "nobody"})
    with pytest.raises(ValueError, match="has the role 'ids', must be one of id, image, split, labels"):
        read_label_file(path, columns={"ids": "who"})


def test_numbered_rows_have_ids(csv_file):
    assert read_label_file(csv_file("cat,dog\n1,0\n0,1\n")).ids.tolist() == ["row-0000001", "row-0000002"]
    assert read_label_file(csv_file(",cat,dog\n0,1,0\n1,0,1\n")).ids.tolist() == ["0", "1"]  # as pandas writes them


@pytest.mark.parametrize(("mark", "delimiter"), [("|", ","), (";", ","), (",", ";"), (",", "\t")])
def test_one_column_of_names(csv_file, mark, delimiter):
    rows = [("id", "labels"), ("a", f"dog{mark}cat"), ("b", "dog"), ("c", ""), ("d", f"traffic light{mark} dog{mark}")]
    table = read_label_file(csv_file("\n".join(delimiter.join(row) for row in rows)))
    assert table.label_names == ("cat", "dog", "traffic light")
    assert table.labels.astype(int).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 1, 1]]
    assert table.notes == (
        f"Labels are the names in column 'labels', separated by {mark!r}.",
        "1 row carries no label.",
    )


def test_names_that_hold_a_comma(csv_file):
    table = read_label_file(csv_file('id,labels\na,"cat, big|dog"\nb,dog\n'))
    assert table.label_names == ("cat, big", "dog")
    assert read_label_file(csv_file('id,labels\na,"x/y"\nb,x\n'), separator="/").label_names == ("x", "y")


def test_other_columns_beside_names_are_told(csv_file):
    table = read_label_file(csv_file("Image Index,Finding Labels,Age\n1.png,Mass|Hernia,30\n2.png,Mass,40\n"))
    assert table.label_names == ("Hernia", "Mass")
    assert table.image_names.tolist() == ["1.png", "2.png"]
    assert table.notes[0] == "Not used: column 'Age'."


def test_validation_rows(csv_file):
    table = read_label_file(csv_file("id,split,cat\na,train,1\nb,val,0\nc,test,1\n"))
    assert table.split.tolist() == ["train", "", "test"]
    assert "in neither split" in table.notes[0]
    table = read_label_file(csv_file("id,split,cat\na,train,1\nb,val,0\n"))
    assert table.split.tolist() == ["train", "test"]
    assert "serve as the test split" in table.notes[0]


def test_honest_notes(csv_file):
    table = read_label_file(csv_file("id,all,none\na,1,0\nb,1,0\n"))
    assert table.notes == ("Label 'none' has no positive.", "Label 'all' is on all rows.")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("id,cat\na,1\nb,2\n", ["row 3", "column 2 ('cat')", "'2'", "0 or 1"]),
        ("id,cat\na,1\nb,-1\n", ["row 3", "'-1'"]),
        ("id,cat,dog\na,1,0\nb,nan,0\n", ["row 3", "column 2", "'nan'"]),
        ("id,cat,dog\na,1,0\nb,,0\n", ["row 3", "column 2", "is empty"]),
        ("id,cat,dog\n\n\na,1,0\nb,0,x\n", ["row 5", "column 3"]),
        ("id,cat,cat\na,1,0\n", ["column 3", "repeats", "'cat'", "column 2"]),
        ("id,cat, cat \na,1,0\n", ["column 3", "repeats"]),
        ("id,cat,\na,1,0\n", ["column 3", "is empty"]),
        ("id,cat,<b>dog</b>\na,1,0\n", ["column 3", "HTML"]),
        ("id,cat,<script src=x>\na,1,0\n", ["column 3", "HTML"]),
        ("id,cat,&lt;b&gt;\na,1,0\n", ["column 3", "HTML"]),
        ("id,cat,\u202egod\na,1,0\n", ["column 3", "control characters"]),
        (f"id,cat,{'x' * 10_000}\na,1,0\n", ["column 3", "10,000 characters"]),
        (f"id,labels\na,cat|{'x' * 10_000}\n", ["row 2", "10,000 characters"]),
        ("id,labels\na,cat|<b>\n", ["row 2", "column 2", "HTML"]),
        ("id,cat\na,1\na,0\n", ["row 3", "repeats the id 'a'", "row 2"]),
        ("id,cat\na,1\n,0\n", ["row 3", "id", "is empty"]),
        ("id,cat\n../../etc/passwd,1\n", ["row 2", "'../../etc/passwd'", "leads out of its folder"]),
        ("id,cat\n..\\x,1\n", ["row 2", "leads out of its folder"]),
        ("id,cat\n/etc/passwd,1\n", ["row 2", "leads out of its folder"]),
        ("id,cat\nC:\\x,1\n", ["row 2", "leads out of its folder"]),
        ("image,cat\nx/../../y.jpg,1\n", ["row 2", "image name", "leads out of its folder"]),
        (f"id,cat\n{'x' * 1000},1\n", ["row 2", "1,000 characters"]),
        ("id,cat\na,1,1\n", ["row 2", "3 cells", "2"]),
        ("id,cat\na\n", ["row 2", "1 cells"]),
        ("id,cat\n", ["no rows"]),
        ("id,labels\n", ["no rows"]),
        ("id,labels\na,\nb,\n", ["no labels"]),
        ("id\na\nb\n", ["no column of labels", "'id'"]),
        ("0,1,0\n1,1,0\n", ["first line", "names of the columns"]),
        ("\nid,cat\na,1\n", ["first line is empty"]),
        ("id,split,cat\n" + "".join(f"a{k},train,1\n" for k in range(200)) + "b,holiday,1\n", ["row 202", "holiday"]),
        ('id,cat\n"a,1\n', ["row 2", "quotes"]),
        ('id,cat\n"a"b,1\n', ["row 2", "quotes"]),
        (b"id,cat\n\xff\xfe,1\n", ["UTF-8"]),
        ("id,cat\na,1\n".encode("utf-16"), ["UTF-16", "UTF-8"]),
        (b"id,cat\na\x00,1\n", ["binary data", "line 2"]),
        ("<!DOCTYPE html><html></html>", ["web page"]),
    ],
)
def test_bad_files_are_named_by_row_and_column(csv_file, content, parts):
    sentence = refused(csv_file(content))
    for part in parts:
        assert part in sentence, sentence


def test_a_wrong_delimiter_is_recognised(csv_file):
    path = csv_file(PLAIN.replace(",", ";"))
    assert "it seems to use ';' (semicolon)" in refused(path, delimiter=",")
    assert read_label_file(path, delimiter=";").label_names == ("cat", "dog")
    with pytest.raises(ValueError, match="delimiter is '::', must be one of"):
        read_label_file(path, delimiter="::")


def test_options_of_other_formats_are_refused(csv_file):
    with pytest.raises(ValueError, match="read as json, which has no option separator"):
        read_label_file(csv_file('{"pos_counts": [1], "num_samples": 2}', "c.json"), separator=";")
    with pytest.raises(ValueError, match="separator is ''"):
        read_label_file(csv_file(PLAIN), separator="")


def test_large_tables_are_sparse(csv_file, monkeypatch):
    from dbl_core.datasets.files import table as table_module

    monkeypatch.setattr(table_module, "DENSE_CELLS", 3)
    table = read_label_file(csv_file(PLAIN))
    assert table.labels.format == "csr"
    assert table.labels.toarray().tolist() == [[True, False], [False, False], [True, True]]
    assert table.label_counts.tolist() == [2, 1]
    assert table.notes == ("1 row carries no label.",)


def test_rows_labels_and_columns_are_counted(csv_file, monkeypatch):
    from dbl_core.datasets.files import columns, names, rows

    monkeypatch.setattr(rows, "MAX_ROWS", 2)
    assert "more than 2 rows" in refused(csv_file(PLAIN))
    monkeypatch.undo()
    monkeypatch.setattr(names, "MAX_LABELS", 1)
    assert "more than 1 labels" in refused(csv_file(PLAIN))
    monkeypatch.undo()
    monkeypatch.setattr(columns, "MAX_COLUMNS", 2)
    assert "more than 2 columns" in refused(csv_file(PLAIN))


def test_200_mb_are_refused_unread(csv_file):
    path = csv_file(PLAIN)
    with path.open("r+b") as file:
        file.truncate(200 * 2**20)
    assert "200 MB, at most 64 MB" in refused(path, max_bytes=limits.MAX_UPLOAD_BYTES)
    tracemalloc.start()
    sentence = refused(path)  # by path it may be opened, and is found out at its first odd line
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "binary data" in sentence
    assert peak < 100 * 2**20


def test_a_line_without_end_does_not_fill_the_memory(csv_file):
    sentence = refused(csv_file(gzip.compress(b"id,cat\n" + b"1," * (16 * 2**20), compresslevel=1), "bomb.csv.gz"))
    assert "line 2 has more than" in sentence


def test_a_gzip_bomb_is_stopped(csv_file, monkeypatch):
    monkeypatch.setattr(text, "MAX_UNPACKED_BYTES", 2**18)
    content = b"id,cat\n" + b"".join(b"%d,1\n" % k for k in range(60_000))
    assert "unpacks to more than" in refused(csv_file(gzip.compress(content), "bomb.csv.gz"))


def test_damaged_gzip(csv_file):
    whole = gzip.compress(PLAIN.encode())
    assert "damaged or cut off" in refused(csv_file(whole[:-12], "cut.csv.gz"))


def test_missing_empty_and_odd_paths(tmp_path, csv_file):
    with pytest.raises(DataError, match="does not exist"):
        read_label_file(tmp_path / "none.csv")
    assert "is empty" in refused(csv_file(""))
    with pytest.raises(DataError, match="neither Annotations"):
        read_label_file(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("labels.xlsx", b"PK\x03\x04rest", "save it as CSV"),
        ("labels.csv", b"PK\x03\x04rest", "zip archive or an Excel file"),
        ("labels.xls", b"\xd0\xcf\x11\xe0rest", "Excel"),
        ("labels.pkl", b"\x80\x04rest", "pickle"),
        ("labels.npz", b"id,cat\na,1\n", "no NPZ file"),
        ("labels.parquet", b"id,cat\na,1\n", "no PARQUET file"),
        ("labels", b"\x00\x01\x02", "of no kind"),
        ("labels.npy", b"\x93NUMPY\x01\x00", "numpy.savez"),
    ],
)
def test_files_of_other_kinds(csv_file, name, content, part):
    assert part in refused(csv_file(content, name))


def test_endings_do_not_matter_for_text(csv_file):
    assert read_label_file(csv_file(PLAIN, "labels")).n_labels == 2
    assert read_label_file(csv_file(PLAIN, "labels.dat")).n_labels == 2
