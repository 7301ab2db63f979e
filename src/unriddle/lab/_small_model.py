"""SmolLM2-135M in the loops of debugging methods: what they gain, what they break, and what it costs.

Reported however small: the model writes simple functions and little more. Not covered: larger models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.base import Task
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.lab.base import Claim, Context, Preset, claim, not_run
from unriddle.lab.models import missing_model
from unriddle.lm.base import LM, Completion, Prompt, SampleOptions
from unriddle.outcome import Limits
from unriddle.prompt import extract, function_prompts
from unriddle.solver import Solution

__all__ = ["LIMITS", "OPTIONS", "Heard", "flips", "loop_claim", "no_loss", "problems"]

LIMITS = Limits(cpu_seconds=3.0)
OPTIONS = SampleOptions(temperature=0.0, max_tokens=200)
_N = 8


class Heard:
    """A language model whose answers are kept."""

    def __init__(self, lm: LM) -> None:
        self.name = lm.name
        self.texts: list[str] = []
        self._lm = lm

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """The model's answers."""
        answers = self._lm.sample(prompts, n=n, options=options or SampleOptions())
        self.texts += [answer.text for row in answers for answer in row]
        return answers


def problems(n: int) -> list[Task]:
    """The first HumanEval problems that show tests."""
    from unriddle.benchmarks import humaneval

    return [task for task in humaneval.load().tasks if task.problem.tests][:n]


def flips(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> str:
    """How many answers became right and how many wrong."""
    return (
        f"{int((~before & after).sum())} went from wrong to right, {int((before & ~after).sum())} from right to wrong"
    )


def no_loss(name: str, before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_], *, note: str) -> Claim:
    """That a loop's answers pass no fewer hidden tests than the first programs; not run where these pass none, since
    then nothing could be lost.
    """
    told = f"{note}; {flips(before, after)}"
    if not before.any():
        why = f"nothing to lose, no first program is right; {int(after.sum())} answers are: {told}"
        return not_run(name, why, relation=">=", baseline=0)
    return claim(name, int(after.sum()), relation=">=", baseline=int(before.sum()), note=told)


def loop_claim(
    method: str,
    solve: Callable[[LM, Task], Solution],
    *,
    preset: Preset,
    executor: Executor,
    context: Context,
) -> Claim:
    """Hidden tests passed by a loop's answer, against those of the model's first program, asked for directly."""
    name = f"SmolLM2-135M on HumanEval: hidden tests passed by {method}'s answer, against its first program"
    why = "the full preset only; a small model takes minutes on two cores" if preset == "small" else missing_model()
    if why:
        return not_run(name, why, relation=">=")
    from unriddle.lm.embedded import EmbeddedLM

    tasks, rows, n_calls = problems(_N), [], 0
    with EmbeddedLM() as lm:
        for number, task in enumerate(tasks):
            context.say(f"SmolLM2-135M, {method}: problem {number + 1} of {len(tasks)}")
            ((direct,),) = lm.sample([function_prompts(task.problem, style="chat")], options=OPTIONS)
            first = Candidate(extract(direct.text, task.problem, style="chat"))
            heard = Heard(lm)
            answer = solve(heard, task).candidate or first
            n_calls += len(heard.texts)
            rows.append(executor.run([first, answer], task.hidden, limits=LIMITS).solved().tolist())
    before, after = np.array(rows, np.bool_).T
    note = f"{len(tasks)} problems, {n_calls} answers; no answer counts as the first program"
    return no_loss(name, before, after, note=note)
