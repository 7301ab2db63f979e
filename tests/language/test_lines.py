"""Programs with a counter at every place: they mean what they meant, and count what ran."""

from __future__ import annotations

from typing import Any

import pytest

from unriddle.errors import BadProblem
from unriddle.language.branches import COUNTS
from unriddle.language.lines import count_places

SOURCE = '''"""A module."""
from __future__ import annotations


def f(x):
    """A function."""
    try:
        y = 10 // x
    except ZeroDivisionError:
        return f"none {x}"
    finally:
        z = 1
    pairs = [v for v in range(y) if v % 2 and v > 2]
    match z:
        case 1:
            g = lambda a: a + 1
        case _:
            g = None
    return pairs, g(y), "big" if y > 4 else "small"


class K:
    def m(self):
        yield from (i for i in range(2))
'''


def run(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "own.py", "exec", dont_inherit=True), names)  # our own program, not a candidate
    return names


def test_counting_does_not_change_what_a_program_does() -> None:
    plain, counted = run(SOURCE), run(count_places(SOURCE).source)
    assert counted["__doc__"] == "A module."
    assert counted["f"].__doc__ == "A function."
    for x in (0, 1, 2, 5):
        assert counted["f"](x) == plain["f"](x)
    assert list(counted["K"]().m()) == [0, 1]


def test_counts_are_of_what_ran() -> None:
    counted = count_places(SOURCE)
    names = run(counted.source)
    counts = names[COUNTS]
    counts[:] = [0] * len(counts)
    names["f"](2)
    by_text = {(p.line, p.text): n for p, n in zip(counted.places, counts, strict=True)}
    assert by_text[8, "y = 10 // x"] == 1
    assert by_text[10, "return f'none {x}'"] == 0
    assert by_text[13, "v > 2"] == 2, "1 and 3 are odd"
    assert by_text[13, "v"] == 1
    assert (by_text[19, "'big'"], by_text[19, "'small'"]) == (1, 0)
    assert by_text[16, "a + 1"] == 1
    head = next(p for p in counted.places if p.text == "try")
    assert (head.line, head.end_line, head.function) == (7, 7, "f")


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(BadProblem):
        count_places("def")
