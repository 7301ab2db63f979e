"""Files are written whole, and as the file they come from."""

import os
from pathlib import Path

import pytest

from unriddle.cli.written import refuse_target, write_like, write_whole
from unriddle.errors import BadInput


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"a\nb\n", b"x\ny\n"),
        (b"a\r\nb\r\n", b"x\r\ny\r\n"),
        (b"\xef\xbb\xbfa\r\n", b"\xef\xbb\xbfx\r\ny\r\n"),
        (b"a\rb\r", b"x\ry\r"),
        (b"", b"x\ny\n"),
        (b"a\r\nb\nc\n", b"x\ny\n"),
    ],
)
def test_line_ends_and_mark_are_those_of_the_file(tmp_path: Path, was: bytes, becomes: bytes) -> None:
    like, out = tmp_path / "like.py", tmp_path / "out.py"
    like.write_bytes(was)
    write_like(out, "x\ny\n", like=like)
    assert out.read_bytes() == becomes


def test_an_existing_file_keeps_its_rights_and_its_links(tmp_path: Path) -> None:
    file, link = tmp_path / "a.py", tmp_path / "b.py"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777, link.is_symlink()) == (b"new", 0o640, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "b.py"]


def test_what_is_no_file_is_written_to() -> None:
    begin, end = os.pipe()
    try:
        write_whole(Path(f"/dev/fd/{end}"), b"text")
        assert os.read(begin, 10) == b"text"
    finally:
        os.close(begin)
        os.close(end)


def test_targets_are_refused_before_the_work(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_bytes(b"")
    refuse_target("--out", None, source=source)
    refuse_target("--out", tmp_path / "new.py", source=source)
    with pytest.raises(BadInput, match=r"--out .*a\.py: that is the program itself"):
        refuse_target("--out", source, source=source)
    with pytest.raises(BadInput, match="is not a folder one can write to"):
        refuse_target("--out", tmp_path / "no" / "b.py", source=source)
    with pytest.raises(BadInput, match="cannot be written"):
        write_whole(tmp_path / "no" / "b.py", b"")
