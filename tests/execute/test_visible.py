"""What a sandbox shows: packages asked for and nothing else that is installed, by whatever path."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from unriddle.errors import BadInput
from unriddle.execute import visible as module
from unriddle.execute.visible import visible


def test_the_standard_library_is_shown_and_its_packages_are_covered() -> None:
    shown = visible(())
    stdlib = sysconfig.get_path("stdlib")
    assert any(f"{stdlib}/".startswith(f"{path}/") for path in shown.readable)
    assert shown.folders == []
    for name in ("site-packages", "dist-packages"):
        assert (f"{stdlib}/{name}" in shown.hidden) == Path(stdlib, name).is_dir()


def test_a_virtual_environment_itself_is_not_shown() -> None:
    if sys.prefix == sys.base_prefix:
        pytest.skip("not run in a virtual environment")
    assert not any(f"{sys.prefix}/".startswith(f"{path}/") for path in visible(()).readable)


def test_a_package_is_shown_with_its_libraries_and_its_folder_is_to_be_imported_from() -> None:
    import numpy

    folder = Path(numpy.__file__).parents[1]
    shown = visible(("numpy",))
    assert shown.folders == [str(folder)]
    assert str(folder) not in shown.readable
    assert str(folder / "numpy") in shown.readable
    assert (str(folder / "numpy.libs") in shown.readable) == (folder / "numpy.libs").is_dir()


def test_a_module_of_one_file_shows_that_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lonely_module.py").write_text("")
    (tmp_path / "secret.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    shown = visible(("lonely_module",))
    assert str(tmp_path / "lonely_module.py") in shown.readable
    assert str(tmp_path) not in shown.readable


def test_a_missing_package_is_bad_input() -> None:
    with pytest.raises(BadInput, match="'nosuchpackage' is not installed"):
        visible(("nosuchpackage",))


@pytest.mark.parametrize(
    ("paths", "hidden", "kept"),
    [
        (["/a", "/a/b", "/ab"], [], ["/a", "/ab"]),
        (["/a/b", "/a", "/a/"], [], ["/a"]),
        (["/a", "/a/s/p"], ["/a/s"], ["/a", "/a/s/p"]),
        (["/a", "/a/s/p", "/a/s/p/q"], ["/a/s"], ["/a", "/a/s/p"]),
        (["/a", "/a/s"], ["/a/s"], ["/a"]),
        (["/a", "/a/t/p"], ["/a/s"], ["/a"]),
    ],
)
def test_paths_below_others_are_left_out_unless_a_cover_lies_between(
    paths: list[str], hidden: list[str], kept: list[str]
) -> None:
    assert module._outermost(paths, hidden) == kept


def test_covers_are_named_by_every_path_that_leads_to_them(tmp_path: Path) -> None:
    (tmp_path / "usr/lib/python3/dist-packages").mkdir(parents=True)
    (tmp_path / "usr/lib/python3.11/site-packages").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    roots = [str(tmp_path / "lib"), str(tmp_path / "usr/lib")]
    names = {"python3/dist-packages", "python3.11/site-packages"}
    assert set(module._covers(roots)) == {f"{root}/{name}" for root in roots for name in names}
