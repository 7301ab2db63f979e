"""What the name of a file says: whether it is a test, and of what.

Whole words decide, so that ``latest.py`` and ``contest/`` are no tests. Not covered: tests that only their content
shows.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

__all__ = ["folders_of", "is_support", "is_test", "subject", "words"]

_MARKS = frozenset({"test", "tests"})
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: cut at underscores, hyphens, dots and humps.

    >>> words("HTTPServer_test"), words("latest")
    (('httpserver', 'test'), ('latest',))
    """
    return tuple(part.lower() for part in re.split(r"[_\-. ]+", _HUMPS.sub("_", name)) if part)


def is_test(path: str) -> bool:
    """Whether the file's name begins or ends in the word ``test`` or ``tests``.

    >>> [is_test(p) for p in ("test_a.py", "a_test.py", "PageTest.py", "latest.py", "contest/a.py", "tests/a.py")]
    [True, True, True, False, False, False]
    """
    found = words(PurePosixPath(path).stem)
    return bool(found) and (found[0] in _MARKS or found[-1] in _MARKS)


def is_support(path: str) -> bool:
    """Whether the file is neither code nor test: it helps tests (``conftest.py``) or lies in a folder of tests."""
    place = PurePosixPath(path)
    return place.stem == "conftest" or any(_is_mark(words(folder)) for folder in place.parts[:-1])


def _is_mark(found: tuple[str, ...]) -> bool:
    return bool(found) and (found[0] in _MARKS or found[-1] in _MARKS)


def subject(path: str) -> str:
    """What the file is about: its name without test marks; that of its folder where nothing is left.

    >>> subject("pkg/tests/test_json_reader.py"), subject("pkg/json/__init__.py"), subject("shop/tests.py")
    ('json_reader', 'json', 'shop')
    """
    place = PurePosixPath(path)
    found = _stripped(words(place.stem))
    if not found or found == ("init",):
        about = folders_of(f"{place.parent}/x/x.py")[:-1]
        return about[-1] if about else ""
    return "_".join(found)


def folders_of(path: str, home: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The folders of a file that say what it is about, test marks and the leading folders ``home`` taken off.

    A package counts as one file: ``a/b/__init__.py`` lies in ``a``.

    >>> folders_of("test/test_asyncio/test_events.py"), folders_of("pkg/io/text.py", ("pkg",))
    (('asyncio',), ('io',))
    """
    place = PurePosixPath(path)
    folders = place.parts[: -2 if place.stem == "__init__" else -1]
    if folders[: len(home)] == home:
        folders = folders[len(home) :]
    kept = []
    for folder in folders:
        found = _stripped(words(folder))
        if found:
            kept.append("_".join(found))
    return tuple(kept)


def _stripped(found: tuple[str, ...]) -> tuple[str, ...]:
    """Without marks at either end."""
    begin, end = 0, len(found)
    while begin < end and found[begin] in _MARKS:
        begin += 1
    while end > begin and found[end - 1] in _MARKS:
        end -= 1
    return found[begin:end]
