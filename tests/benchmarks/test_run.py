"""evaluate() and sample_benchmark(): what counts, what is kept, and that interruptions change nothing.

The programs here are never run: a stand-in executor reads the wanted statuses off the program's first line.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.benchmarks.run import evaluate, first_statuses, sample_benchmark
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, ExecutorError, LMError
from unriddle.lm import ScriptedLM
from unriddle.lm.base import Completion, Prompt, SampleOptions
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest, Problem, Signature
from unriddle.store import open_store
from unriddle.verdicts import Verdicts

LIMITS, OPTIONS = Limits(), SampleOptions()
LETTERS = {"P": 0, "F": 1, "E": 2, "T": 3, "S": 7, "I": 8}


@dataclass
class FakeExecutor:
    """Gives each program the statuses its first line spells; ``i`` is INFRA the first time and PASS after."""

    isolation: str = "none"
    runs: Counter[str] = field(default_factory=Counter)
    die_after: int = 10**9

    def __enter__(self) -> "FakeExecutor":
        return self

    def __exit__(self, *exc: object) -> None: ...

    def run(self, candidates: Sequence[Candidate], tests: Sequence[CallTest], *, limits: Limits = LIMITS) -> Verdicts:
        rows = []
        for candidate in candidates:
            if sum(self.runs.values()) >= self.die_after:
                raise KeyboardInterrupt
            self.runs[candidate.source] += 1
            letters = candidate.source.split()[0].ljust(len(tests), "P")
            once = "I" if self.runs[candidate.source] == 1 else "P"
            rows.append([LETTERS[once if letter == "i" else letter] for letter in letters[: len(tests)]])
        shape = (len(candidates), len(tests))
        return Verdicts(
            status=np.array(rows, np.int8).reshape(shape),
            value=np.full(shape, -1, np.int32),
            cpu_seconds=np.zeros(shape, np.float32),
            prior=np.full(shape[0], np.nan),
            candidates=tuple(c.id for c in candidates),
            tests=tuple(t.name for t in tests),
        )


@dataclass
class FakeBenchmark:
    n_tests: Mapping[str, int]
    name: str = "toy"
    backwards: bool = False

    def __iter__(self) -> Iterator[Problem]:
        for task in self.n_tests:
            yield Problem(task, f"Solve {task}.", Signature("f"), stub=f"def f(x):  # {task}\n")

    def __len__(self) -> int:
        return len(self.n_tests)

    def judge(
        self, candidates: Mapping[str, Sequence[Candidate]], *, executor: FakeExecutor, limits: Limits | None = None
    ) -> Iterator[tuple[str, Verdicts]]:
        for task in sorted(candidates, reverse=self.backwards):
            tests = [CallTest("f", (j,), name=f"t{j}") for j in range(self.n_tests[task])]
            yield task, executor.run(candidates[task], tests)


TOY = FakeBenchmark({"T/0": 2, "T/1": 3, "T/2": 1})


def programs(*sources: str) -> list[Candidate]:
    return [Candidate(source) for source in sources]


def test_counts_and_metrics_by_hand() -> None:
    got = evaluate(
        TOY,
        {"T/0": programs("P", "F", "P x", "P"), "T/1": programs("PPF", "PTS", "E", "F"), "T/2": programs(*"PFFF")},
        executor=FakeExecutor(),
        ks=[1, 2],
    )
    assert {task: (r.n, r.c) for task, r in got.per_problem.items()} == {"T/0": (4, 3), "T/1": (4, 0), "T/2": (4, 1)}
    assert got.metrics["pass@1"]["value"] == pytest.approx((3 / 4 + 0 + 1 / 4) / 3)
    # pass@2 = 1 - C(n-c, 2) / C(n, 2): 1, 0 and 1 - 3/6.
    assert got.metrics["pass@2"]["value"] == pytest.approx((1 + 0 + 0.5) / 3)
    assert {name: n for name, n in got.status_counts.items() if n} == {"PASS": 4, "FAIL": 6, "ERROR": 1, "TIMEOUT": 1}
    assert (got.n_candidates, got.n_problems, got.missing) == (12, 3, ())


def test_default_ks_are_those_that_every_task_allows() -> None:
    candidates = {task: programs(*(f"P {i}" for i in range(12))) for task in TOY.n_tests}
    assert list(evaluate(TOY, candidates, executor=FakeExecutor()).metrics) == ["pass@1", "pass@10"]


def test_identical_programs_run_once_and_count_every_time() -> None:
    candidates = {"T/0": programs("P", "F", "P", "P")}
    one, each = FakeExecutor(), FakeExecutor()
    deduped = evaluate(TOY, candidates, executor=one)
    plain = evaluate(TOY, candidates, executor=each, dedup=False)
    assert (one.runs["P"], each.runs["P"]) == (1, 3)
    assert (deduped.per_problem["T/0"].rows, plain.per_problem["T/0"].rows) == ((0, 1, 0, 0), (0, 1, 2, 3))
    for got in (deduped, plain):
        assert (got.per_problem["T/0"].n, got.per_problem["T/0"].c) == (4, 3)
        assert got.status_counts["PASS"] == 3


def test_infra_is_tried_once_more_and_then_left_out() -> None:
    executor = FakeExecutor()
    got = evaluate(TOY, {"T/0": programs("i", "I", "F", "FI")}, executor=executor)
    result = got.per_problem["T/0"]
    assert (result.n, result.c, result.n_infra) == (2, 1, 2)
    assert got.metrics["pass@1"]["value"] == 0.5
    assert got.status_counts["INFRA"] == 2
    assert executor.runs == {"i": 2, "I": 2, "F": 1, "FI": 2}


def test_a_task_our_machine_could_not_judge_is_in_no_metric() -> None:
    got = evaluate(TOY, {"T/0": programs("I"), "T/2": programs("P")}, executor=FakeExecutor())
    assert got.metrics["pass@1"]["value"] == 1.0
    assert (got.per_problem["T/0"].n, got.n_problems) == (0, 2)


def test_missing_tasks_are_named_and_count_only_on_request() -> None:
    candidates = {"T/0": programs("P"), "T/2": []}
    left_out = evaluate(TOY, candidates, executor=FakeExecutor())
    counted = evaluate(TOY, candidates, executor=FakeExecutor(), all_tasks=True)
    assert left_out.missing == counted.missing == ("T/1", "T/2")
    assert (left_out.n_problems, counted.n_problems) == (1, 3)
    assert left_out.metrics["pass@1"]["value"] == 1.0
    assert counted.metrics["pass@1"]["value"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("candidates", "ks", "message"),
    [
        ({"T/9": programs("P")}, None, r"no task 'T/9'.*T/0.*T/2"),
        ({}, None, "no candidates for any of the 3 tasks"),
        ({"T/0": []}, None, "no candidates"),
        ({"T/0": programs("P"), "T/1": programs("P", "F")}, [2], r"pass@2 needs at least 2 .* T/0 has 1"),
        ({"T/0": programs("P")}, [0], "pass@0"),
    ],
)
def test_bad_input(candidates: dict[str, list[Candidate]], ks: list[int] | None, message: str) -> None:
    executor = FakeExecutor()
    with pytest.raises(BadInput, match=message):
        evaluate(TOY, candidates, executor=executor, ks=ks)
    assert not executor.runs


def test_first_status_rule() -> None:
    letters = ["PPP", "PFE", "EFP", "PIF", "TSS"]
    candidates = programs(*letters)
    verdicts = FakeExecutor().run(candidates, [CallTest("f", name=str(j)) for j in range(3)])
    names = [Status(s).name for s in first_statuses(verdicts)]
    assert names == ["PASS", "FAIL", "ERROR", "INFRA", "TIMEOUT"]
    assert [Status(s).name for s in first_statuses(verdicts.take(None, []))] == ["SKIPPED"] * 5


def test_a_judge_that_forgets_a_task_is_our_failure() -> None:
    class Forgetful(FakeBenchmark):
        def judge(self, candidates, **options):  # type: ignore[no-untyped-def]
            yield from list(super().judge(candidates, **options))[1:]

    with pytest.raises(ExecutorError, match="no verdicts came back for T/0"):
        evaluate(Forgetful({"T/0": 1, "T/1": 1}), {"T/0": programs("P"), "T/1": programs("P")}, executor=FakeExecutor())


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(list(TOY.n_tests)),
        st.lists(st.text("PFETI", min_size=1, max_size=3), min_size=1, max_size=20),
        min_size=1,
    ),
    st.lists(st.integers(0, 12), max_size=4),
    st.booleans(),
)
def test_interruptions_and_order_of_tasks_change_no_number(
    tmp_path_factory: pytest.TempPathFactory, groups: dict[str, list[str]], stops: list[int], dedup: bool
) -> None:
    candidates = {task: programs(*group) for task, group in groups.items()}
    want = evaluate(TOY, candidates, executor=FakeExecutor(), dedup=dedup)
    path = tmp_path_factory.mktemp("store") / "runs.db"
    backwards = dataclasses.replace(TOY, backwards=True)
    for stop in [*stops, 10**9]:
        with open_store(path) as store, store.begin("eval", "k", {}) as run:
            before = {(task, key) for task in groups for key in run.done_rows(task)}
            try:
                got = evaluate(backwards, candidates, executor=FakeExecutor(die_after=stop), run=run, dedup=dedup)
            except KeyboardInterrupt:
                continue
            finally:
                assert before <= {(task, key) for task in groups for key in run.done_rows(task)}
    assert (got.metrics, got.status_counts) == (want.metrics, want.status_counts)
    assert list(got.per_problem) == list(want.per_problem)
    for task, result in got.per_problem.items():
        other = want.per_problem[task]
        assert (result.n, result.c, result.rows) == (other.n, other.c, other.rows)
        assert result.verdicts.candidates == other.verdicts.candidates
        np.testing.assert_array_equal(result.verdicts.status, other.verdicts.status)


def test_kept_rows_are_not_run_again(tmp_path: Path) -> None:
    candidates = {task: programs(*(f"P {task} {i}" for i in range(40))) for task in TOY.n_tests}
    first, second = FakeExecutor(die_after=50), FakeExecutor()
    seen = []
    with open_store(tmp_path / "runs.db") as store:
        with store.begin("eval", "k", {}) as run, pytest.raises(KeyboardInterrupt):
            evaluate(TOY, candidates, executor=first, run=run)
        with store.begin("eval", "k", {}) as run:
            n_kept = run.info().n_rows
            evaluate(TOY, candidates, executor=second, run=run, watch=seen.append)
            assert run.info().n_rows == 120
    assert n_kept == 48
    assert sum(second.runs.values()) == 72
    assert (seen[0].n_done, seen[0].n_total, seen[0].n_kept) == (48, 120, 48)
    assert seen[-1].n_done == 120


def test_large_tasks_are_judged_in_rounds(tmp_path: Path) -> None:
    candidates = {"T/0": programs(*(f"P {i}" for i in range(2000))), "T/2": programs("P")}
    with open_store(tmp_path / "runs.db") as store, store.begin("eval", "k", {}) as run:
        with pytest.raises(KeyboardInterrupt):
            evaluate(TOY, candidates, executor=FakeExecutor(die_after=1500), run=run)
        assert run.info().n_rows >= 1000


@dataclass
class NumberedLM:
    """Answers with the number of the draw, and dies after so many draws."""

    name: str = "numbered"
    die_after: int = 10**9
    asked: list[tuple[Prompt, int]] = field(default_factory=list)

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions = OPTIONS
    ) -> list[list[Completion]]:
        assert len(set(prompts)) == len(prompts)
        if len(self.asked) + len(prompts) * n > self.die_after:
            raise LMError("numbered: gone")
        draws = range(options.first_draw, options.first_draw + n)
        self.asked += [(prompt, draw) for prompt in prompts for draw in draws]
        return [[Completion(f"    return {draw}", "stop", 7, 3, -1.0) for draw in draws] for _ in prompts]


@pytest.mark.parametrize(("n", "die_after"), [(3, 100), (40, 33), (40, 100), (20, 64)])
def test_completed_draws_are_not_asked_for_again(tmp_path: Path, n: int, die_after: int) -> None:
    benchmark = FakeBenchmark({f"T/{i}": 1 for i in range(5)})
    options = SampleOptions(seed=0)
    want = sample_benchmark(benchmark, NumberedLM(), n=n, options=options)
    lms = [NumberedLM(die_after=die_after), NumberedLM(die_after=die_after), NumberedLM()]
    with open_store(tmp_path / "runs.db") as store:
        for lm in lms:
            with store.begin("eval", "k", {}) as run:
                try:
                    got = sample_benchmark(benchmark, lm, n=n, options=options, run=run)
                except LMError:
                    continue
    assert got == want
    asked = Counter(draw for lm in lms for draw in lm.asked)
    assert set(asked.values()) == {1}
    assert len(asked) == 5 * n


def test_a_sampled_candidate_says_where_it_came_from() -> None:
    benchmark = FakeBenchmark({"T/0": 1})
    got = sample_benchmark(benchmark, NumberedLM(), n=2)["T/0"]
    assert "return 1" in got[1].source
    assert "def f(x)" in got[1].source
    assert (got[1].proposer, got[1].prior, got[1].n_tokens, got[1].meta["draw"]) == ("numbered", -1.0, 3, 1)
    assert got[0].n_tokens == 10


def test_two_tasks_with_one_prompt_both_get_their_draws() -> None:
    class Twins(FakeBenchmark):
        def __iter__(self) -> Iterator[Problem]:
            return (Problem(task, "Same.", Signature("f"), stub="def f(x):\n") for task in self.n_tests)

    got = sample_benchmark(Twins({"T/0": 1, "T/1": 1}), NumberedLM(), n=2)
    assert [c.source for c in got["T/0"]] == [c.source for c in got["T/1"]]


def test_chat_style_and_a_scripted_model() -> None:
    lm = ScriptedLM(["```python\ndef f(x):\n    return x\n```"], repeat=True)
    got = sample_benchmark(FakeBenchmark({"T/0": 1}), lm, n=1, style="chat")
    assert got["T/0"][0].source.strip() == "def f(x):\n    return x"


def test_n_must_be_positive() -> None:
    with pytest.raises(BadInput, match="n must be 1 or more, got 0"):
        sample_benchmark(TOY, NumberedLM(), n=0)
