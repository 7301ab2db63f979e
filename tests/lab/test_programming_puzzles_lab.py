"""The experiment of the programming puzzles on nine small puzzles, and without data."""

import json

import pytest

from unriddle.lab import programming_puzzles
from unriddle.lab._puzzle_search import halves
from unriddle.lab.base import Context, generator


def row(number, sat, kind, body):
    return {"name": f"P{number}:0", "sat": sat, "ans_type": kind, "sol_header": "def sol():", "sol_bodies": body}


@pytest.fixture(scope="module")
def claims(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rows = [
        row(i, f"def sat(n: int, a={a}, b={b}):\n    return n == a - b", "int", [f"    return {a - b}"])
        for i, (a, b) in enumerate([(90, 17), (81, 33), (77, 12), (64, 39), (55, 21), (99, 23)])
    ]
    rows += [row(7, "def sat(s: str):\n    return s == 'abc'", "str", ["    return 'abc'"])]
    rows += [row(8, "def sat(n: int):\n    return n == 0", "int", ["    return 0"])]
    rows += [row(9, "def sat(xs: List[int]):\n    return sum(xs) == 3 ** 40", "List[int]", [])]
    (folder / "p3" / "puzzles").mkdir(parents=True)
    (folder / "p3" / "puzzles" / "puzzles.json").write_text(json.dumps(rows))
    context = Context(data=folder, workers=1)
    return {c.name: c for c in programming_puzzles.experiment("small", seed=0, context=context)}


def test_every_line_of_the_card_is_a_claim(claims):
    assert claims["first instances whose bundled solution is accepted"].measured == 8
    assert "1 without a solution" in claims["first instances whose bundled solution is accepted"].note
    assert claims["right answers turned into another type that are accepted"].measured == 0
    assert claims["right answers turned into another type that are accepted"].note.startswith("39 programs")
    assert claims["share of the found programs that the ordinary judge accepts as well"].held
    whole = claims["whole set: templates solved by the learned guide, against uniform chances"]
    assert whole.note.startswith("of 3 templates")
    assert whole.baseline == whole.measured == 3
    assert whole.held is False  # a claim that does not hold is shown
    apart = claims["templates not learned from: templates solved by the learned guide, against uniform chances"]
    assert apart.measured is not None
    control = "control: a guide that learned from shuffled pairs solves no more templates than uniform chances"
    assert claims[control].measured <= 3


def test_what_needs_the_recording_or_the_model_is_not_run(claims):
    missing = {name for name, one in claims.items() if one.held is None}
    assert missing == {
        "recorded pass@k of Codex: largest difference of the 16 numbers",
        "recorded solutions are accepted again",
        "SmolLM2: pass@10 with the medium prompt, against the short one",
    }


def test_nothing_is_claimed_without_data():
    assert all(one.held is None for one in programming_puzzles.experiment("small", seed=0, context=Context()))


def test_halves_share_nothing_and_cover_all():
    (learn, test), (second, first) = halves(list(range(9)), generator(0))
    assert (learn, test) == (first, second)
    assert sorted([*learn, *test]) == list(range(9))
