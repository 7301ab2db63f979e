"""Code files paired with their test files, found in a repository by name.

A test belongs to the code file whose name is most like its own, test marks taken off, and whose folder is near: the
score is likeness of names times ``0.6 + 0.4 * nearness``, so that an equal name somewhere else is not enough and a
similar one needs the same folder; similar names begin alike. A test that fits several files equally well is left out.
Whether the test imports that module is noted with every pair as an independent check and decides nothing unless asked
to. Not covered: languages other than Python, and tests whose name says nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath
from typing import Any

from unriddle.data.file_names import folders_of, is_support, is_test, subject
from unriddle.data.pair_imports import Imports, imports_module, module_name
from unriddle.errors import BadInput, shorten

__all__ = ["Mined", "Pair", "count_tokens", "drop_copies", "mine", "pair_code_tests", "split_by_repository"]

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})
_MAX_BYTES = 1_000_000
_BY_NAME = 0.6
"""Share of the score that an equal name gives in a folder with nothing in common: less than the default threshold."""

_MOST = 0.5
"""Share of the code that makes leading folders mean nothing."""

_DEFINITION = re.compile(r"^(?:async )?(?:def|class) (?!__)", re.MULTILINE)
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Pair:
    """A code file and a test file of it.

    Attributes:
        repo: Name of the repository.
        code_path: Below the repository, with forward slashes.
        test_path: Likewise.
        code: Text of the code file.
        test: Text of the test file.
        code_tokens: Words, numbers and signs in the code.
        test_tokens: Likewise in the test.
        match_score: How alike names and folders are, 0 to 1.
        imports: How the test imports the code (``unriddle.data.pair_imports``).
    """

    repo: str
    code_path: str
    test_path: str
    code: str
    test: str
    code_tokens: int
    test_tokens: int
    match_score: float
    imports: Imports

    def as_dict(self) -> dict[str, Any]:
        """As one JSON object."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Mined:
    """What a repository holds.

    Attributes:
        repo: Its name.
        pairs: In the order of the test files.
        code: Texts of code files that no test was paired with, by path.
        tests: Texts of test files that were paired with no code, by path.
        counts: Files by what they are: ``code``, ``test``, ``support``, ``unreadable``; of the tests ``below`` (no
            file is alike enough), ``ambiguous`` (several fit equally well) and ``not imported`` (dropped on request).
    """

    repo: str
    pairs: tuple[Pair, ...]
    code: Mapping[str, str]
    tests: Mapping[str, str]
    counts: Mapping[str, int]


def pair_code_tests(repo_dir: str | Path, threshold: float = 0.7) -> list[Pair]:
    """The pairs of a repository; see ``mine`` for all it holds.

    Raises:
        BadInput: The folder is not there, or the threshold is out of range.
    """
    return list(mine(repo_dir, threshold=threshold).pairs)


def mine(
    repo_dir: str | Path, *, threshold: float = 0.7, repo: str = "", must_import: bool = False, exact: bool = False
) -> Mined:
    """The pairs of a repository, and the files that are in none.

    Args:
        repo_dir: Its folder.
        threshold: Least score, 0 to 1.
        repo: Its name; the folder's when empty.
        must_import: Drop pairs whose test does not import the code.
        exact: Take equal names only, under the same rule for folders (the baseline).

    Raises:
        BadInput: The folder is not there, or the threshold is out of range.
    """
    root = Path(repo_dir).resolve()
    if not root.is_dir():
        raise BadInput(f"mine: {str(repo_dir)!r} must be a folder with source files; check the path")
    if not 0 < threshold <= 1:
        raise BadInput(f"mine: threshold must be more than 0 and at most 1, got {threshold!r}")
    files, n_unreadable = _read(root)
    tests = [path for path in files if is_test(path)]
    code = [path for path in files if not is_test(path) and not is_support(path)]
    counts = Counter(code=len(code), test=len(tests), support=len(files) - len(code) - len(tests))
    counts["unreadable"] = n_unreadable
    names = _candidates(files, code)
    home = _home(code)
    pairs = []
    for test in tests:
        best, score = _best(test, names, home=home, threshold=threshold, exact=exact)
        if len(best) != 1:
            counts["ambiguous" if best else "below"] += 1
            continue
        pair = _pair(root, repo or root.name, files, best[0], test, score)
        if must_import and not pair.imports:
            counts["not imported"] += 1
            continue
        pairs.append(pair)
    used = {path for pair in pairs for path in (pair.code_path, pair.test_path)}
    return Mined(
        repo or root.name,
        tuple(pairs),
        {path: files[path] for path in code if path not in used},
        {path: files[path] for path in tests if path not in used},
        dict(counts),
    )


def count_tokens(text: str) -> int:
    """Words, numbers and signs: a count that needs no tokenizer.

    >>> count_tokens("assert f(1.5) == 'a b'")
    13
    """
    return sum(1 for _ in _TOKEN.finditer(text))


def _read(root: Path) -> tuple[dict[str, str], int]:
    """Texts of the Python files by path, sorted, and how many could not be read."""
    found, bad = {}, 0
    for path in _python_files(root):
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise ValueError
            found[str(PurePosixPath(path.relative_to(root)))] = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            bad += 1
    return dict(sorted(found.items())), bad


def _python_files(root: Path) -> Iterator[Path]:
    """Files ``*.py``; hidden folders, installed packages and links are passed over."""
    for folder, below, names in os.walk(root):
        below[:] = sorted(n for n in below if n not in _SKIPPED and not n.startswith("."))
        for name in sorted(names):
            path = Path(folder) / name
            if name.endswith(".py") and not path.is_symlink():
                yield path


def _candidates(files: Mapping[str, str], code: Sequence[str]) -> dict[str, list[str]]:
    """The code files that can be tested, by subject: a file that defines nothing (a shim, an empty package) cannot."""
    names: dict[str, list[str]] = {}
    for path in code:
        if subject(path) and PurePosixPath(path).stem != "__main__" and _defines(files[path]):
            names.setdefault(subject(path), []).append(path)
    return names


def _defines(text: str) -> bool:
    return _DEFINITION.search(text) is not None


def _home(code: Sequence[str]) -> tuple[str, ...]:
    """The leading folders that hold most of the code, and so say nothing: ``("src", "pkg")``."""
    home: tuple[str, ...] = ()
    while True:
        folders = [PurePosixPath(path).parts[:-1] for path in code]
        heads = Counter(f[: len(home) + 1] for f in folders if len(f) > len(home) and f[: len(home)] == home)
        head, n = heads.most_common(1)[0] if heads else ((), 0)
        if n < _MOST * max(1, len(code)):
            return home
        home = head


def _best(
    test: str, names: Mapping[str, list[str]], *, home: tuple[str, ...], threshold: float, exact: bool
) -> tuple[list[str], float]:
    """The code files that fit best, more than one where nothing tells them apart, and their score."""
    own = subject(test)
    if own in names:
        alike = {own: 1.0}
    elif own and not exact:
        alike = {name: _likeness(own, name, least=threshold) for name in names}
    else:
        alike = {}
    scores = {
        path: like * (_BY_NAME + (1 - _BY_NAME) * _nearness(test, path, home))
        for name, like in alike.items()
        if like >= threshold
        for path in names[name]
        if like == 1 or PurePosixPath(path).stem != "__init__"
    }
    top = max(scores.values(), default=0.0)
    if top < threshold:
        return [], top
    best = [path for path, score in scores.items() if score == top]
    public = [path for path in best if not PurePosixPath(path).stem.startswith("_")]
    return public if len(public) == 1 else best, top


def _likeness(one: str, other: str, *, least: float = 0.0) -> float:
    """Share of letters in common blocks, 0 to 1; 0 where it is surely below ``least``.

    Names that begin differently are not alike: letters in common are chance in short names (``math``, ``fnmatch``).

    >>> round(_likeness("decode", "decoder"), 2), _likeness("iter", "site")
    (0.92, 0.0)
    """
    whole, shorter = len(one) + len(other), min(len(one), len(other))
    if not whole or 2 * shorter / whole < least or 2 * _n_equal(one, other) < shorter:
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= least else 0.0


def _n_equal(one: str, other: str) -> int:
    """How many letters two names have in common at the beginning."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _nearness(test: str, code: str, home: tuple[str, ...]) -> float:
    """How alike the folders are, 0 to 1: 1 for the same; less the deeper the code lies below a flat folder of tests."""
    one, other = folders_of(test, home), folders_of(code, home)
    if not one or not other:
        return 1 / (1 + len(one) + len(other))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _pair(root: Path, repo: str, files: Mapping[str, str], code: str, test: str, score: float) -> Pair:
    imports = imports_module(
        files[test],
        files[code],
        test_module=module_name(root / test),
        code_module=module_name(root / code),
        is_package=PurePosixPath(test).stem == "__init__",
    )
    sizes = count_tokens(files[code]), count_tokens(files[test])
    return Pair(repo, code, test, files[code], files[test], *sizes, score, imports)


def drop_copies(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs without copies: a file that stands in an earlier repository takes its pair with it.

    Within one repository a code file may have several tests; a file that stands there twice counts once.
    """
    owner: dict[str, tuple[str, str]] = {}
    for pair in pairs:
        for path, text in ((pair.code_path, pair.code), (pair.test_path, pair.test)):
            owner.setdefault(_hash(text), (pair.repo, path))
    return [
        pair
        for pair in pairs
        if owner[_hash(pair.code)] == (pair.repo, pair.code_path)
        and owner[_hash(pair.test)] == (pair.repo, pair.test_path)
    ]


def split_by_repository(pairs: Sequence[Pair], *, held_out: float = 0.1) -> tuple[list[Pair], list[Pair]]:
    """Pairs to train on and pairs held out; all of a repository are on one side, by a hash of its name.

    Raises:
        BadInput: The share is not between 0 and 1, or a file stands on both sides (``drop_copies`` first).
    """
    if not 0 <= held_out <= 1:
        raise BadInput(f"split_by_repository: held_out must be a share from 0 to 1, got {held_out!r}")
    sides: tuple[list[Pair], list[Pair]] = ([], [])
    for pair in pairs:
        sides[int(_hash(pair.repo), 16) / 16**32 < held_out].append(pair)
    texts = [{text for pair in side for text in (pair.code, pair.test)} for side in sides]
    both = texts[0] & texts[1]
    if both:
        raise BadInput(
            f"split_by_repository: {len(both)} files are in repositories on both sides, for example "
            f"{shorten(min(both))}; drop_copies takes them out"
        )
    return sides


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
