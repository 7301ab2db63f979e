"""Files that are there whole or not at all."""

import os

import pytest

from unriddle.whole_file import replacing, write_whole


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "größe.json"
    write_whole(path, "ä\n")
    write_whole(path, "b")
    assert path.read_bytes() == b"b"
    assert os.listdir(tmp_path) == [path.name]


def half(path, error):
    with replacing(path) as scratch:
        scratch.write_text("half")
        assert path.read_text() == "before"
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_what_was_there_is_kept_when_writing_fails(tmp_path, error):
    path = tmp_path / "a"
    path.write_text("before")
    with pytest.raises(error):
        half(path, error("full"))
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["a"]


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "a"
    with replacing(path) as one, replacing(path) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        write_whole(tmp_path / "nowhere" / "a", "")
