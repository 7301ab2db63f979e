import gzip
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.grammar.guided import by_thresholds
from unriddle.grammar.typed import Node, leaves_by_kind
from unriddle.language.typecheck import has_type
from unriddle.lm.scripted import ScriptedLM
from unriddle.methods._puzzle_guides import Pair, puzzle_grammar, uniform_chances
from unriddle.methods._puzzle_lm import prompt, read_answer
from unriddle.methods._puzzle_replay import read_recording, recorded_program, recorded_puzzle
from unriddle.methods._puzzle_values import FAILED, Evaluator
from unriddle.methods._puzzle_view import kind_of, view
from unriddle.methods.programming_puzzles import (
    Accepted,
    GuidedSearch,
    accepted_answers,
    bootstrap,
    fit_forest,
    programs,
    sample_answers,
    self_train,
    solve_puzzles,
)
from unriddle.outcome import Limits
from unriddle.pose.puzzle import puzzle_problem

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "p3"
RECORDING = SHARED / "solvers" / "codex" / "results" / "results_397_cushman_codex_1k_full.json.gz"


def pose(source, name="p"):
    return puzzle_problem(source, path=Path(f"{name}.py"))


SQUARE = pose("def sat(n: int, a=144):\n    return n * n == a", "square")
MINUS = pose("def sat(n: int, a=144, b=7):\n    return n + b == a", "minus")
HELLO = pose('def sat(s: str, t="world"):\n    return "Hello " + s == "Hello " + t', "hello")
PUZZLES = [SQUARE, HELLO, MINUS]


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def verdict(executor, problem, source):
    limits = Limits(cpu_seconds=0.5, memory_mb=256)
    return executor.run([Candidate(source)], problem.tests, limits=limits)[0, 0].status.name


# --- judging


def test_types_are_exact():
    assert not has_type(True, "int")
    assert not has_type([1, 2.0], "List[int]")
    assert has_type([], "List[int]")


@pytest.mark.parametrize(
    ("source", "answers", "places"),
    [
        ("def sat(n: int, a=144):\n    return n * n == a", [12, 12.0, True, -12, "12"], [0, 3]),
        ("def sat(n: int):\n    return 1", [1, 2], []),
        ("def sat(n: int):\n    return True", [], []),
        ("def sat(n: int):\n    return n or True", [0, 5], [0]),
        ("def sat(xs: List[int]):\n    xs.append(1)\n    return xs == [1]", [[], [1], [], [True]], [0, 2]),
        ("def sat(n: int, seen=[]):\n    seen.append(n)\n    return len(seen) == 1", [1, 2, 3], [0, 1, 2]),
        ("def sat(n: int):\n    assert n > 1\n    return 10 // (n - 2) == 10", [1, 2, 3], [2]),
        ("def sat(n: int):\n    while n:\n        pass\n    return True", [1, 0, 2], [1]),
        ("def sat(n: int):\n    return len(str(10 ** n)) > 5000", [5, 6000], [1]),
    ],
)
def test_only_true_itself_and_only_the_exact_type_is_accepted(executor, source, answers, places):
    found = accepted_answers(pose(source), answers, executor=executor)
    assert [one.place for one in found] == places


def test_ticks_are_counted_and_decide(executor):
    problem = pose("def sat(n: int):\n    return sum(1 for i in range(n)) == n")
    assert accepted_answers(problem, [3, 50], executor=executor) == [Accepted(0, 4), Accepted(1, 51)]
    assert accepted_answers(problem, [3, 50], executor=executor, n_ticks=20) == [Accepted(0, 4)]


def test_an_answer_that_kills_the_verifier_spares_its_neighbours(executor):
    source = "def sat(n: int):\n    import os\n    if n == 3:\n        os._exit(1)\n    return n % 2 == 1"
    assert [one.place for one in accepted_answers(pose(source), [1, 2, 3, 5], executor=executor)] == [0, 3]


@pytest.mark.parametrize(
    "body",
    [
        "global sat\n    sat = lambda *a: True\n    return 5",
        "sat.__defaults__ = (25,)\n    return 5",
        "class Lie(int):\n        __eq__ = lambda a, b: True\n        __mul__ = lambda a, b: a\n    return Lie(5)",
        "class Lie:\n        __eq__ = lambda a, b: True\n        __mul__ = lambda a, b: a\n    return Lie()",
        "import builtins\n    builtins.int = builtins.bool = lambda *a: True\n    return 5",
        "return 12.0",
        "return True",
        "while True: pass",
        "return 10 ** 10 ** 9",
    ],
)
def test_a_program_cannot_talk_the_judge_round(executor, body):
    source = f"def sat(n: int, a=144):\n    return n * n == a\n\n\ndef sol(a=144):\n    {body}\n"
    assert verdict(executor, SQUARE, source) != "PASS"


def test_an_honest_program_may_call_the_verifier(executor):
    source = (
        "def sat(n: int, a=144):\n    return n * n == a\n\n\ndef sol(a=144):\n    return next(filter(sat, range(a)))\n"
    )
    assert verdict(executor, SQUARE, source) == "PASS"


# --- the grammar and its values


def test_a_puzzle_offers_its_arguments_and_constants():
    seen = view(pose('def sat(s: str, parts=["a", "b"], n=-3):\n    """Say 77."""\n    return s != "xyz" and n == -41'))
    assert seen.kind == "str"
    assert {(leaf.text, leaf.kind) for leaf in seen.leaves} >= {
        ("parts", "list[str]"), ("n", "int"), ("'xyz'", "str"), ("-41", "int"), ("['a', 'b']", "list[str]")
    }  # fmt: skip
    assert "77" not in {leaf.text for leaf in seen.leaves}
    assert seen.header == "parts=['a', 'b'], n=-3"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "int"),
        (True, "bool"),
        ([1], "list[int]"),
        ([], ""),
        ([1, "a"], ""),
        ([[1], []], "list[list[int]]"),
        ((1,), ""),
    ],
)
def test_kinds_of_values(value, kind):
    assert kind_of(value) == kind


def test_uniform_chances_are_chances():
    table = uniform_chances(view(SQUARE))
    grammar, _ = puzzle_grammar()
    sums = table.sum(axis=1)
    assert np.allclose(sums[[grammar.root("int"), grammar.root("str")]], 1)
    assert table[grammar.root("int"), grammar.number("COPY int")] == 0.5
    assert table[grammar.root("str"), grammar.number("COPY str")] == 0  # the puzzle has no text
    assert (table[~grammar.fits] == 0).all()


def test_values_are_those_of_the_printed_programs():
    """Programs of our own grammar only; Python itself is the reference."""
    problem = pose('def sat(x: List[str], s="abca", k=3, xs=[5, 2], w=["b", "a"]):\n    return x == ["q"]')
    evaluator, (grammar, _) = Evaluator(puzzle_grammar()[1]), puzzle_grammar()
    checked = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        noise = uniform_chances(view(problem)) * rng.dirichlet(np.full(len(grammar.rules), 0.5))
        table = noise / np.maximum(noise.sum(axis=1, keepdims=True), 1e-300)
        leaves = leaves_by_kind(view(problem).leaves)
        for _, tree in by_thresholds(grammar, "list[str]", chances=table, leaves=leaves, max_trees=300):
            value, source = evaluator.value(tree), grammar.source(tree)
            try:
                expected = eval(source, {"s": "abca", "k": 3, "xs": [5, 2], "w": ["b", "a"]})
            except Exception:
                expected = FAILED
            if value is not FAILED:
                assert value == expected, source
                checked += 1
    assert checked > 500


def tree_of(rules):
    """A tree from nested (rule name, parts…)."""
    name, *parts = rules
    return Node(puzzle_grammar()[0].number(name), tuple(map(tree_of, parts)))


TEN = ("10 :  -> int",)
HUGE = ("({0} ** {1}) : int int -> int", TEN, TEN)


@pytest.mark.parametrize(
    "rules",
    [
        ("({0} ** {1}) : int int -> int", TEN, HUGE),
        ("({0} << {1}) : int int -> int", ("1 :  -> int",), HUGE),
        ("list({0}) : range -> list[int]", ("range({0}) : int -> range", HUGE)),
        ("map range -> int", ("1 :  -> int",), ("range({0}) : int -> range", HUGE)),
        ("({0} * {1}) : str int -> str", ("' ' :  -> str",), HUGE),
        ("({0} // {1}) : int int -> int", ("1 :  -> int",), ("0 :  -> int",)),
        ("ord({0}) : str -> int", ("'' :  -> str",)),
    ],
)  # fmt: skip
def test_what_grows_or_raises_fails_before_it_is_computed(rules):
    assert Evaluator(puzzle_grammar()[1]).value(tree_of(rules)) is FAILED


def test_ticks_of_a_tree_do_not_depend_on_what_was_evaluated_before():
    _, table = puzzle_grammar()
    body = ("({0} * {1}) : int int -> int", ("VARIABLE int",), TEN)
    rules = ("map range -> int", body, ("range({0}) : int -> range", TEN))

    def fresh():
        tree = tree_of(rules)
        tree.parts[0].parts[0].leaf = 0
        return tree

    first, second = fresh(), fresh()
    evaluator = Evaluator(table)
    assert evaluator.value(second.parts[1]) == range(10)
    assert evaluator.ticks(first) == evaluator.ticks(second)
    assert evaluator.value(first) == evaluator.value(second) == [10 * i for i in range(10)]


# --- the search


def test_programs_come_in_order_without_repeats():
    found = list(programs(SQUARE, n_programs=1500))
    priors = [c.prior for c in found]
    assert priors == sorted(priors, reverse=True)
    assert len({c.source for c in found}) == len(found) == 1500
    assert sum(np.exp(priors)) <= 1


def test_kinds_the_grammar_lacks_have_no_programs():
    assert list(programs(pose("def sat(d: Dict[str, int]):\n    return d == {}"), n_programs=10)) == []


def test_solved_puzzles_are_solved_by_the_ordinary_judge_too(executor):
    solved = solve_puzzles(PUZZLES, executor=executor, n_programs=400)
    assert set(solved) == {"hello", "minus"}
    for problem in PUZZLES:
        if problem.id in solved:
            found = solved[problem.id]
            assert verdict(executor, problem, found.candidate.source) == "PASS"
            listed = next(itertools.islice(programs(problem, n_programs=found.n_tried), found.n_tried - 1, None))
            assert listed.source == found.candidate.source
    again = solve_puzzles(PUZZLES, executor=executor, n_programs=400)
    assert {k: (f.n_tried, f.n_ticks) for k, f in again.items()} == {
        k: (f.n_tried, f.n_ticks) for k, f in solved.items()
    }


def test_the_solver_says_what_it_tried(executor):
    solution = GuidedSearch(executor)(MINUS, budget=Budget(candidates=400))
    assert solution.solved
    assert solution.confidence == 1
    assert solution.spent.candidates == solve_puzzles([MINUS], executor=executor, n_programs=400)["minus"].n_tried
    nothing = GuidedSearch(executor)(SQUARE, budget=Budget(candidates=20))
    assert not nothing.solved
    assert nothing.candidate is None
    assert nothing.spent.candidates == 20


def test_a_round_of_learning_needs_fewer_tries(executor):
    puzzles = [pose(f"def sat(n: int, a={a}, b={b}):\n    return n == a - b + 0", f"minus{a}") for a, b in
               ((90, 17), (81, 33), (77, 12), (64, 39))]  # fmt: skip
    reports = []
    guide, history = self_train(
        puzzles,
        executor=executor,
        fit=lambda pairs: fit_forest(pairs, rng=np.random.default_rng(0), n_trees=10),
        rounds=1,
        n_programs=300,
        watch=lambda number, solved: reports.append((number, len(solved))),
    )
    assert reports == [(0, 4), (1, 4)]
    assert all(history[1][key].n_tried < history[0][key].n_tried for key in history[0])
    fresh = pose("def sat(n: int, x=501, y=99):\n    return n + y == x", "fresh")
    learned = solve_puzzles([fresh], executor=executor, guide=guide, n_programs=300)["fresh"]
    assert learned.n_tried < solve_puzzles([fresh], executor=executor, n_programs=300)["fresh"].n_tried


def test_learning_from_nothing_is_refused(executor):
    hard = pose("def sat(n: int):\n    return n ** 3 == 3 ** n + 123456")
    with pytest.raises(BadInput, match="nothing to learn from"):
        self_train([hard], executor=executor, fit=lambda pairs: None, n_programs=20)
    with pytest.raises(BadInput, match="got none"):
        fit_forest([], rng=np.random.default_rng(0))


def test_a_transformer_learns_what_it_is_shown():
    pytest.importorskip("torch")
    from unriddle.methods._puzzle_transformer import fit_transformer

    grammar, _ = puzzle_grammar()
    tree = tree_of(("abs({0}) : int -> int", ("10 :  -> int",)))
    guide = fit_transformer([Pair(view(SQUARE), "int", tree)], rng=np.random.default_rng(0), width=16, n_passes=30)
    table = guide(view(SQUARE))
    row = table[grammar.root("int")]
    assert row.argmax() == grammar.number("abs({0}) : int -> int")
    assert table.sum(axis=1).max() == pytest.approx(1)
    assert guide.losses[-1] < guide.losses[0] / 2


# --- language models


def test_prompts():
    short, medium, long = (prompt(HELLO, style=style) for style in ("short", "medium", "long"))
    assert short.endswith('def f(s: str, t="world"):\n    return "Hello " + s == "Hello " + t\n\nassert True == f(')
    assert medium.endswith("def g6(t='world'):\n")
    assert "assert f5(g5())" in medium
    assert '"""' not in medium
    assert long.count('"""') == 10
    names = {}
    exec(medium.rpartition("def f6")[0], names)  # our own worked examples hold
    assert names["g1"]() == "halfmoon"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("12)", "12"),
        ("(3 + 9))\nassert", "(3 + 9)"),
        ("len('()()') + 8) # )", "len('()()') + 8"),
        ("12, 144)", None),
        ("12", None),
    ],
)
def test_a_short_answer_ends_at_its_bracket(text, kept):
    answer = read_answer(SQUARE, text, style="short")
    assert (answer and answer.source.splitlines()[-1]) == (kept and f"    return {kept}")


def test_a_completion_is_cut_at_its_first_line_that_is_not_indented(executor):
    text = "    for i in range(a):\n        if f6(i):\n            return i\n\ndef f6(n, a=0):\n    return True\n"
    answer = read_answer(SQUARE, text)
    assert answer is not None
    assert answer.source.count("def ") == 2
    assert verdict(executor, SQUARE, answer.source) == "PASS"
    assert read_answer(SQUARE, "    return (") is None
    assert read_answer(SQUARE, "no body") is None


def test_samples_that_cannot_be_read_count_as_wrong(executor):
    rows = sample_answers([SQUARE], ScriptedLM(["    return 12", "nonsense(", "    return 13"]), n=3)
    assert [verdict(executor, SQUARE, c.source) for c in rows[0]] == ["PASS", "ERROR", "FAIL"]


def test_bootstrapping_shows_what_it_solved_and_counts_failures(executor):
    lm = ScriptedLM({"a=144": ["    return 1", "    return 12"], "t=": ["    return 'no'"]}, repeat=True)
    found = bootstrap([SQUARE, HELLO], lm, executor=executor, rng=np.random.default_rng(0), n=64)
    assert set(found.solved) == {"square"}
    assert found.failures == {"square": 1, "hello": 64}
    assert (found.pass_at(1), found.pass_at(2), found.pass_at(64)) == (0, 0.5, 0.5)
    last = next(text for text in reversed(lm.prompts) if "t=" in text)
    assert "def f1(n: int, a=144)" in last
    assert "return 12" in last
    assert last.endswith("def g2(t='world'):\n")


# --- the recording


def test_the_recorded_numbers_come_out():
    if not RECORDING.is_file():
        pytest.skip("needs the recorded runs (shared/data/p3)")
    experiments = read_recording(RECORDING)
    assert [one.name for one in experiments] == ["short", "med", "long", "bootstrap"]
    for one in experiments:
        assert len(one.published) == 4
        for k, value in one.published.items():
            assert one.pass_at(k) == pytest.approx(value, abs=1e-12)
    assert [round(100 * one.pass_at(1000), 1) for one in experiments] == [30.0, 69.0, 76.6, 69.8]


def test_recorded_programs_of_every_form_run(executor):
    problem = recorded_puzzle("def f(i: int, k=3):\n    return i % 123 == k", name="r")
    bodies = ["3 + 123", "\n    return k\n", "def g(k=3):\n    return next(i for i in range(999) if f(i))\n"]
    rows = [recorded_program(problem, body) for body in bodies]
    assert executor.run(rows, problem.tests).solved().all()
    with pytest.raises(BadProblem, match="first parameter"):
        recorded_puzzle("def f(i):\n    return True", name="r")


def test_a_recording_that_is_none_is_refused(tmp_path):
    path = tmp_path / "r.json.gz"
    path.write_bytes(gzip.compress(json.dumps([{"experiment": "x"}]).encode()))
    with pytest.raises(BadInput, match="recorded results"):
        read_recording(path)
    with pytest.raises(BadInput, match="recorded results"):
        read_recording(tmp_path / "absent")
