"""The way in which every file of the lab is written."""

import os

import pytest

from dbl_core.whole_files import replacing


def write(path, content, **options):
    with replacing(path, **options) as file:
        file.write(content)


@pytest.mark.parametrize("options", [{}, {"durable": True}, {"buffering": 0}])
def test_the_new_content_replaces_the_old_and_nothing_else_is_left(tmp_path, options):
    path = tmp_path / "file with spaces.bin"
    write(path, b"old")
    write(path, b"new", **options)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_sees_the_old_content_until_the_block_ends(tmp_path):
    path = tmp_path / "file"
    write(path, b"old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_of_the_block_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "file"
    write(path, b"old")

    def fail():
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_disk_that_refuses_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    write(path, b"old")

    def refuse(*args):
        raise OSError("no")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match="no"):
        write(path, b"new", durable=True)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_of_the_greatest_length_can_be_written(tmp_path):
    path = tmp_path / ("x" * 255)
    write(path, b"content")
    assert path.read_bytes() == b"content"
