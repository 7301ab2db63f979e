"""The experiment of ``unriddle.methods.self_debug``: recorded repairs, kinds of feedback, and a small model.

Not covered: the paper's own models; the recorded repairs are those of LDB on the same seeds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unriddle.benchmarks.base import TaskBenchmark
from unriddle.benchmarks.metrics import Interval, paired_bootstrap
from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.lab._feedback_models import feedback_claims
from unriddle.lab._ldb_recorded import LIMITS, NEEDS, RUNS, benchmark, program, recorded_folder, rows_of
from unriddle.lab._repair_kinds import KINDS, MOST_COST, Bug, bugs, play
from unriddle.lab._replay_model import RecordedPrograms
from unriddle.lab._self_debug_model import model_claims
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.recorded import judge_kept
from unriddle.methods.self_debug import SelfDebug

__all__ = ["experiment"]

_N_ORDERS = 100


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; replay and comparison need the recorded runs."""
    small = preset == "small"
    folder = recorded_folder(context)
    claims = [] if folder is not None else [
        not_run("replay of GPT-3.5's recorded HumanEval repairs: problems solved", NEEDS, relation="=="),
        not_run("edits run until all visible tests pass, told the trace against told the tests", NEEDS, relation="<"),
    ]  # fmt: skip
    with context.executor() as executor:
        if folder is not None:
            problems = benchmark(folder, "humaneval")
            context.say("replaying recorded repairs")
            claims += _replay(folder, problems, executor, context)
            context.say("comparing kinds of feedback")
            tasks = (*problems.tasks, *benchmark(folder, "mbpp").tasks)
            rng = generator(seed, stream=1)
            found, hopeless = bugs(tasks, n=40 if small else 300, executor=executor, rng=rng, say=context.say)
            claims += _kinds(found, hopeless, rng)
        claims += model_claims(preset, executor, seed=seed, context=context)
        claims += feedback_claims(preset, executor, seed=seed, context=context)
    return claims


def _replay(folder: Path, problems: TaskBenchmark, executor: Executor, context: Context) -> list[Claim]:
    """The loop, given the recorded programs as the model's answers; a problem without visible tests passes at once."""
    rows = rows_of(folder, RUNS[0])
    answers: dict[str, list[Candidate]] = {}
    flagged = passing = stops = 0
    odd = []
    for row in rows:
        task, texts = problems.task(row["task_id"]), row["implementations"]
        start = program(texts[0])
        if not task.problem.tests:
            n, solved, answer = 1, True, start
        else:
            solver = SelfDebug(RecordedPrograms(texts[1:]), executor, feedback="simple", max_turns=10, limits=LIMITS)
            found = solver(task.problem, budget=Budget(), start=[start])
            n, solved, answer = found.spent.candidates, found.solved, found.candidate or start
        flagged += n == 1 and solved
        passing += solved
        as_recorded = (n, solved) == (len(texts), bool(row["is_passing"]))
        stops += as_recorded
        odd += [] if as_recorded else [f"{row['task_id']} {n} of {len(texts)} programs"]
        answers[row["task_id"]] = [start, answer]
    judged = judge_kept(problems, answers, context=context, limits=LIMITS)
    right = np.array([judged[task].solved() for task in answers])
    first, last = right.sum(axis=0).tolist()
    marked = [bool(row["is_solved"]) for row in rows]
    other = [task for task, here, there in zip(answers, right[:, 1], marked, strict=True) if here != there]
    note = "seeds get the helpers of the prompt and the authors' imports, which two more need"
    return [
        claim("replay: seeds that pass the visible tests at once", flagged, relation="==", baseline=128),
        claim("replay: problems where the loop stops at the recorded turn with the recorded result", stops,
              relation="==", baseline=len(rows), note="; ".join(odd) or "no difference"),
        claim("replay: answers that pass the visible tests", passing, relation="==", baseline=144),
        claim("replay: answers that pass the hidden tests", last, relation="==", baseline=136,
              note=f"the best program by visible tests, where the recording takes the last; other: {', '.join(other)}"),
        claim("replay: seeds that pass the hidden tests", first, relation="==", baseline=121, note=note),
        claim("replay: answers that pass the hidden tests, against the seeds", last, relation=">", baseline=first),
    ]  # fmt: skip


def _kinds(found: list[Bug], hopeless: int, rng: np.random.Generator) -> list[Claim]:
    """Edits until all visible tests pass, and hidden success, by kind of feedback."""
    if not found:
        return [not_run("edits run until all visible tests pass, by kind of feedback", "no bug could be repaired")]
    rows = np.array([play(bug, n_orders=_N_ORDERS, rng=rng) for bug in found])
    played = {kind: rows[:, k] for k, kind in enumerate(KINDS)}
    means = {kind: of.mean(axis=0) for kind, of in played.items()}
    shown = ", ".join(f"{kind} {count:.1f} edits, hidden {share:.2f}" for kind, (count, share) in means.items())
    note = (
        f"{len(found)} bugs of one mutation, without {hopeless} that no edit of cost up to {MOST_COST:g} repairs; "
        f"{_N_ORDERS} orders each; {shown}"
    )
    claims = []
    for rich, poor in (("ut", "simple"), ("trace", "ut")):
        fewer = paired_bootstrap(played[poor][:, 0], played[rich][:, 0], rng=rng)
        claims += _fewer(rich, poor, fewer, means[rich][0], means[poor][0], note)
        hidden = paired_bootstrap(played[rich][:, 1], played[poor][:, 1], rng=rng)
        claims.append(
            claim(f"hidden success of the repair found with {rich} less that with {poor}", hidden["value"],
                  relation="between", low=-0.05, high=0.05,
                  note=f"95 % interval {hidden['low']:.3f} to {hidden['high']:.3f}")
        )  # fmt: skip
    return claims


def _fewer(rich: str, poor: str, saved: Interval, mine: float, other: float, note: str) -> list[Claim]:
    return [
        claim(f"edits run until all visible tests pass: {rich} against {poor}", mine, relation="<", baseline=other,
              note=note),
        claim(f"edits that {rich} saves against {poor}: lower end of the paired 95 % interval", saved["low"],
              relation=">", baseline=0.0, low=saved["low"], high=saved["high"], note=f"mean {saved['value']:.1f}"),
    ]  # fmt: skip
