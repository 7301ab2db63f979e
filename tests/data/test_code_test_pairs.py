"""Pairs of code and tests: names that mislead, folders that decide, copies, and the split by repository."""

import pytest

from unriddle.data.code_test_pairs import Pair, drop_copies, mine, pair_code_tests, split_by_repository
from unriddle.data.file_names import is_test
from unriddle.data.pair_imports import imports_module
from unriddle.errors import BadInput

CODE = "def work(x):\n    return x\n"


def repository(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or CODE, encoding="utf-8")
    return root


def found(root, **options):
    return {pair.test_path: pair.code_path for pair in mine(root, **options).pairs}


@pytest.mark.parametrize("name", ["latest.py", "contest/solve.py", "attest.py", "testing.py", "greatest_test_ever.py"])
def test_the_letters_test_in_a_name_make_no_test(name):
    assert not is_test(name)


def test_tricky_names_are_paired_by_words_and_folders(tmp_path):
    root = repository(
        tmp_path,
        {
            **dict.fromkeys(["pkg/latest.py", "pkg/contest/score.py", "pkg/io/utils.py", "pkg/net/utils.py"], ""),
            **dict.fromkeys(["pkg/decoder.py", "pkg/math.py", "pkg/conftest.py", "pkg/net/__init__.py"], ""),
            "pkg/empty.py": "from pkg._empty import thing\n",
            "pkg/_empty.py": "",
            **dict.fromkeys(["tests/test_latest.py", "tests/contest/score_test.py", "tests/io/test_utils.py"], ""),
            **dict.fromkeys(["tests/net/test_utils.py", "tests/test_decode.py", "tests/test_fnmath.py"], ""),
            **dict.fromkeys(["tests/test_empty.py", "tests/test_net.py", "tests/test_utils.py"], ""),
            "tests/helpers.py": "",
        },
    )
    assert found(root) == {
        "tests/test_latest.py": "pkg/latest.py",
        "tests/contest/score_test.py": "pkg/contest/score.py",
        "tests/io/test_utils.py": "pkg/io/utils.py",
        "tests/net/test_utils.py": "pkg/net/utils.py",
        "tests/test_decode.py": "pkg/decoder.py",
        "tests/test_empty.py": "pkg/_empty.py",  # empty.py only passes names on
        "tests/test_net.py": "pkg/net/__init__.py",
    }
    counts = mine(root).counts
    assert (counts["ambiguous"], counts["below"]) == (1, 1)  # test_utils fits two; fnmath is not math
    assert counts["support"] == 2
    assert "tests/test_decode.py" not in found(root, exact=True)


def test_an_equal_name_in_a_foreign_folder_is_no_pair(tmp_path):
    root = repository(tmp_path, {"loader/reader.py": "", "a.py": "", "b.py": "", "b/test_c/test_reader.py": ""})
    assert pair_code_tests(root) == []


def test_imports_are_noted_and_can_be_demanded(tmp_path):
    root = repository(
        tmp_path,
        {
            "pkg/__init__.py": "from pkg.a import work\n",
            "pkg/a.py": CODE,
            "pkg/b.py": CODE,
            "pkg/c.py": "def other(): ...\n",
            "pkg/tests/__init__.py": "\n",
            "pkg/tests/test_a.py": "from ..a import work\n",
            "pkg/tests/test_b.py": "import pkg\npkg.work(1)\n",
            "pkg/tests/test_c.py": "import pkg\npkg.work(1)\n",
        },
    )
    assert {pair.code_path: pair.imports for pair in pair_code_tests(root)} == {
        "pkg/a.py": "module",
        "pkg/b.py": "package",
        "pkg/c.py": "",
    }
    assert mine(root, must_import=True).counts["not imported"] == 1
    assert len(mine(root, must_import=True).pairs) == 2
    assert imports_module("import pkg.ab", CODE, test_module="t", code_module="pkg.a") == ""


def pair(repo, code, test, name="a"):
    return Pair(repo, f"{name}.py", f"test_{name}.py", code, test, 1, 1, 1.0, "")


def test_a_copied_file_takes_its_pair_with_it():
    first, second = pair("one", "code", "test"), pair("one", "code", "more tests")
    fork, half = pair("fork", "code", "test"), pair("other", "code of its own", "test", name="b")
    assert drop_copies([first, second, fork, half, pair("last", "x", "y")]) == [first, second, pair("last", "x", "y")]


def test_the_split_keeps_repositories_whole_and_refuses_leaks():
    pairs = [pair(f"repo{i % 50}", f"code {i}", f"test {i}", name=f"f{i}") for i in range(200)]
    train, held_out = split_by_repository(pairs, held_out=0.3)
    assert not {p.repo for p in train} & {p.repo for p in held_out}
    assert len(train) + len(held_out) == 200
    assert 5 <= len({p.repo for p in held_out}) <= 25
    fork = [pair(f"fork{i}", "code 0", f"own test {i}") for i in range(50)]
    with pytest.raises(BadInput, match="drop_copies"):
        split_by_repository([*pairs, *fork], held_out=0.3)


def test_files_that_cannot_be_read_are_counted(tmp_path):
    root = repository(tmp_path, {"a.py": "", "test_a.py": "not Python at all ("})
    (root / "b.py").write_bytes(b"\xff\xfe\x00")
    assert mine(root).counts["unreadable"] == 1
    assert found(root) == {"test_a.py": "a.py"}


@pytest.mark.parametrize("options", [{"threshold": 0}, {"threshold": 1.5}])
def test_bad_thresholds(tmp_path, options):
    with pytest.raises(BadInput, match="threshold"):
        mine(tmp_path, **options)


def test_a_folder_that_is_not_there():
    with pytest.raises(BadInput, match="must be a folder"):
        pair_code_tests("nowhere")
