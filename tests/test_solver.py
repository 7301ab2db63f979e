"""solve(): when it stops, what it chooses, what it spends, and what it keeps when interrupted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from unriddle import Budget, CallTest, Candidate, Limits, Problem, Returns, Satisfies, Signature, Verdicts, solve
from unriddle.errors import BadProblem
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.solver import Progress, fraction_passed

TESTS = tuple(CallTest("f", (i,), expect=Returns(i + 1)) for i in range(4))
PROBLEM = Problem("p/1", "add one", Signature("f"), tests=TESTS)
RIGHT, HALF, WRONG = "def f(x): return x + 1", "def f(x): return x + 1 if x < 2 else 0", "def f(x): return -1"


class Listed:
    """Proposes the given sources in order and remembers what it was told."""

    def __init__(self, *sources: str, n_tokens: int = 0) -> None:
        self.left = [Candidate(s, n_tokens=n_tokens) for s in sources]
        self.asked: list[int] = []
        self.told: list[tuple[list[Candidate], Verdicts]] = []

    def ask(self, k: int) -> list[Candidate]:
        self.asked.append(k)
        out, self.left = self.left[:k], self.left[k:]
        return out

    def tell(self, candidates, verdicts) -> None:
        self.told.append((list(candidates), verdicts))


class Counting(InProcessExecutor):
    """Counts the programs it ran; interrupts at a given call."""

    def __init__(self, interrupt_at: int = 0) -> None:
        self.ran: list[str] = []
        self.calls, self.interrupt_at = 0, interrupt_at

    def run(self, candidates, tests, *, limits=None) -> Verdicts:
        self.calls += 1
        if self.calls == self.interrupt_at:
            raise KeyboardInterrupt
        self.ran += [c.source for c in candidates]
        return super().run(candidates, tests, limits=limits)


def _solve(*sources: str, problem: Problem = PROBLEM, executor=None, **options):
    proposer = Listed(*sources, n_tokens=options.pop("n_tokens", 0))
    options.setdefault("budget", Budget(candidates=100))
    return solve(problem, proposer, executor=executor or Counting(), **options), proposer


def test_it_stops_at_the_first_batch_with_a_program_that_passes_everything() -> None:
    solution, proposer = _solve(WRONG, HALF, RIGHT, WRONG + " ", batch=1)
    assert solution.solved
    assert solution.candidate.source == RIGHT
    assert solution.verdicts.shape == (3, 4)
    assert solution.row == 2
    assert solution.spent.candidates == 3
    assert solution.spent.runs == 12
    assert proposer.asked == [1, 1, 1]
    assert [c.source for c in solution.runners_up] == [HALF, WRONG]
    assert 0.5 < solution.confidence < 1
    assert "all 4 visible tests" in solution.why


def test_it_can_wait_for_several_distinct_passing_programs() -> None:
    again = RIGHT + "  # again"
    solution, proposer = _solve(RIGHT, RIGHT, again, WRONG, batch=1, stop_when_passed=2)
    assert solution.solved
    assert len(proposer.told) == 3
    assert solution.candidate.source == RIGHT


def test_an_exhausted_proposer_ends_the_search_with_the_best_so_far() -> None:
    solution, _ = _solve(WRONG, HALF)
    assert not solution.solved
    assert solution.candidate.source == HALF
    assert solution.confidence == 0
    assert "2 of 4" in solution.why
    assert "nothing more to propose" in solution.why


def test_nothing_proposed_is_an_honest_empty_answer() -> None:
    solution, _ = _solve()
    assert (solution.solved, solution.candidate, solution.row, solution.verdicts.shape) == (False, None, -1, (0, 4))
    document = json.loads(json.dumps(solution.as_dict()))
    assert document["program"] is None
    assert document["tests"] == {"passed": 0, "known": 0}


def test_ties_go_to_the_program_proposed_first() -> None:
    first, second = WRONG, WRONG + "  # the same"
    assert _solve(first, second, batch=2)[0].candidate.source == first
    assert _solve(second, first, batch=1)[0].candidate.source == second


def test_the_score_chooses() -> None:
    shortest, _ = _solve(RIGHT + "  # long", RIGHT, score=lambda v: np.arange(v.shape[0], dtype=float), batch=2)
    assert shortest.candidate.source == RIGHT


def test_a_program_the_score_rules_out_is_not_the_answer() -> None:
    solution, _ = _solve(RIGHT, WRONG, score=lambda v: np.full(v.shape[0], -np.inf), batch=2)
    assert not solution.solved
    assert solution.candidate is None


def test_a_program_seen_before_is_told_again_but_runs_once() -> None:
    executor = Counting()
    solution, proposer = _solve(WRONG, HALF, WRONG, WRONG, HALF, batch=2, executor=executor)
    assert executor.ran == [WRONG, HALF]
    assert [[c.source for c in told] for told, _ in proposer.told] == [[WRONG, HALF], [WRONG, WRONG], [HALF]]
    for told, verdicts in proposer.told:
        assert verdicts.candidates == tuple(c.id for c in told)
    assert proposer.told[1][1].passed.sum() == 0
    assert proposer.told[2][1].passed[0].tolist() == [True, True, False, False]
    assert solution.spent.candidates == 5
    assert solution.spent.runs == 8
    assert solution.verdicts.shape == (2, 4)


@pytest.mark.parametrize(
    ("budget", "candidates", "says"),
    [
        (Budget(candidates=3), 3, "candidates budget of 3"),
        (Budget(candidates=0), 0, "candidates budget of 0"),
        (Budget(candidates=None, tokens=25), 4, "tokens budget of 25"),
        (Budget(candidates=None, runs=9), 4, "runs budget of 9"),
        (Budget(seconds=0.0), 0, "seconds budget of 0"),
        (Budget(cpu_seconds=0.0), 0, "cpu seconds budget of 0"),
    ],
)
def test_each_bound_of_the_budget_ends_the_search(budget, candidates, says) -> None:
    sources = [WRONG + "#" * i for i in range(20)]
    solution, proposer = _solve(*sources, budget=budget, batch=2, n_tokens=10)
    assert solution.spent.candidates == candidates
    assert says in solution.why
    assert sum(proposer.asked) == candidates


def test_interruption_keeps_what_was_found() -> None:
    solution, _ = _solve(HALF, WRONG, RIGHT, batch=1, executor=Counting(interrupt_at=3))
    assert solution.interrupted
    assert solution.candidate.source == HALF
    assert solution.verdicts.shape == (2, 4)
    assert "interrupted" in solution.why
    early, _ = _solve(HALF, executor=Counting(interrupt_at=1))
    assert early.interrupted
    assert early.candidate is None


def test_interruption_while_being_watched_keeps_the_batch() -> None:
    def watch(progress: Progress) -> None:
        raise KeyboardInterrupt

    solution, _ = _solve(HALF, WRONG, watch=watch, batch=1)
    assert solution.interrupted
    assert solution.candidate.source == HALF


def test_the_watcher_sees_progress() -> None:
    seen: list[tuple[int, int, int, int]] = []
    _solve(
        WRONG, WRONG, HALF, batch=1,
        watch=lambda p: seen.append((p.spent.candidates, p.n_distinct, p.best_passed, p.n_tests)),
    )  # fmt: skip
    assert seen == [(1, 1, 0, 4), (2, 1, 0, 4), (3, 2, 2, 4)]


def test_no_visible_tests_is_a_bad_problem() -> None:
    with pytest.raises(BadProblem, match=r"p/2.*no visible tests"):
        _solve(RIGHT, problem=Problem("p/2", "", Signature("f")))


def test_a_verifier_that_is_the_whole_specification_proves() -> None:
    puzzle = Problem(
        "z", "", Signature("f"), tests=(CallTest("f", expect=Satisfies("def sat(x): return x == 4", type="int")),)
    )
    solution, _ = _solve("def f(): return 3", "def f(): return 4", problem=puzzle)
    assert solution.solved
    assert solution.confidence == 1


def test_the_document_has_the_promised_shape() -> None:
    solution, _ = _solve(WRONG, HALF, RIGHT, limits=Limits(cpu_seconds=1))
    document = json.loads(json.dumps(solution.as_dict()))
    expected = {
        "schema",
        "problem",
        "solved",
        "program",
        "language",
        "tests",
        "confidence",
        "why",
        "spent",
        "runners_up",
    }
    assert expected <= set(document)
    assert set(document["spent"]) == {"candidates", "tokens", "runs", "cpu_seconds", "seconds"}
    assert document["tests"] == {"passed": 4, "known": 4}
    assert (document["schema"], document["problem"], document["language"]) == (1, "p/1", "python")
    assert document["program"] == RIGHT
    assert document["runners_up"] == [HALF, WRONG]
    assert document["isolation"] == "in-process"


def test_the_default_score_ignores_cells_that_tell_nothing() -> None:
    status = np.array([[0, 7, 8], [0, 0, 1], [7, 8, 7]], np.int8)
    verdicts = Verdicts(
        status=status, value=np.full((3, 3), -1, np.int32), cpu_seconds=np.zeros((3, 3), np.float32),
        prior=np.zeros(3), candidates=("a", "b", "c"), tests=("x", "y", "z"),
    )  # fmt: skip
    assert fraction_passed(verdicts).tolist() == pytest.approx([1, 2 / 3, 0])


def test_a_problem_is_solved_in_the_real_sandbox() -> None:
    from unriddle.execute.python import PythonExecutor

    with PythonExecutor(workers=2) as executor:
        dies = "import os\nos._exit(0)\ndef f(x): return x + 1"
        solution, _ = _solve(dies, WRONG, RIGHT, HALF, batch=3, executor=executor, limits=Limits(cpu_seconds=1))
    assert solution.solved
    assert solution.candidate.source == RIGHT
    assert solution.as_dict()["isolation"] == "namespaces+seccomp"
