"""A noisy planner and coder in place of a language model, so that the workflow of LPW can be weighed exactly.

It knows the right steps of a task and gets each of them right with a stated chance; what it reads, it reads from the
prompts of the real workflow. Following a plan by hand is exact, and so is seeing where a run leaves it. Not covered:
a model that verifies wrongly.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.lab._lpw_tasks import STEPS, Task, end, source, walk
from unriddle.lm.base import Completion, Prompt, SampleOptions
from unriddle.methods.lpw import LPW

__all__ = ["Outcome", "SymbolicLM", "by_lpw", "by_repair", "by_resampling"]

_PLAN_LINE = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
_RECORD = re.compile(r"^record: s(\d+) = (\[[^\]]*\])$", re.MULTILINE)
_SEEN = re.compile(r"\bs(\d+) = (\[[^\]]*\])")
_WALK, _RUN = "This is the plan followed by hand on that test:", "This is what the program really did"
_NUMBER = {step.words: place for place, step in enumerate(STEPS)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the visible tests and the hidden ones were passed, and the calls of the generator it took."""

    visible: bool
    hidden: bool
    n_calls: int


class _Generator:
    """Draws of steps, counted; none are left after ``most``."""

    def __init__(self, task: Task, *, rng: np.random.Generator, most: int) -> None:
        self.task, self.n_calls = task, 0
        self._rng, self._most = rng, most

    @property
    def left(self) -> bool:
        return self.n_calls < self._most

    def draw(self, wanted: Sequence[int], *, right: float) -> list[int]:
        """All steps drawn anew, each as wanted with this chance."""
        self.n_calls += 1
        return [self._one(step, right) for step in wanted]

    def redraw(self, steps: Sequence[int], place: int | None, wanted: Sequence[int], *, right: float) -> list[int]:
        """One step drawn anew; any of them when ``place`` is ``None``."""
        self.n_calls += 1
        place = int(self._rng.integers(len(steps))) if place is None else place
        return [*steps[:place], self._one(wanted[place], right), *steps[place + 1 :]]

    def _one(self, step: int, right: float) -> int:
        if self._rng.random() < right:
            return step
        return int((step + self._rng.integers(1, len(STEPS))) % len(STEPS))


class SymbolicLM:
    """Answers the prompts of ``LPW`` for one task.

    Args:
        task: What is to be solved.
        rng: Draws the mistakes.
        right: Chance of each step in a plan, and of each step of the plan in the program.
        most: Plans, revised plans, programs and repairs it gives; then its answers are empty.
    """

    name = "symbolic"

    def __init__(self, task: Task, *, rng: np.random.Generator, right: float = 0.8, most: int = 12) -> None:
        self.generator = _Generator(task, rng=rng, most=most)
        self.steps_of: dict[str, list[int]] = {}
        """Steps of every program it wrote, by source."""
        self._task, self._right = task, right
        self._plan: list[int] = []
        self._code: list[int] = []
        self._place: int | None = None

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """One answer each."""
        return [
            [Completion(self._answer(prompt if isinstance(prompt, str) else prompt[-1].content))] for prompt in prompts
        ]

    def _answer(self, asked: str) -> str:
        if "Write a plan: numbered steps" in asked:
            return self._planned()
        if "Follow this plan by hand on every test" in asked:
            return self._verified(asked)
        if "Somebody followed the plan by hand" in asked:
            return "\n".join(f"test {i}: right" for i in range(1, len(self._task.problem.tests) + 1))
        if "Follow this plan:" in asked:
            self._plan = _read(asked.partition("Follow this plan:")[2].partition("It was followed")[0])
            return self._written(self.generator.draw(self._plan, right=self._right)) if self.generator.left else ""
        if "Where do the values of the program first differ" in asked:
            self._place = _parting(asked)
            return "somewhere" if self._place is None else f"In step {self._place + 1}."
        if "Answer with the whole corrected program" in asked and self.generator.left:
            return self._written(self.generator.redraw(self._code, self._place, self._plan, right=self._right))
        return ""

    def _planned(self) -> str:
        if not self.generator.left:
            return ""
        steps = self.generator.draw(self._task.steps, right=self._right)
        return "<plan>\n" + "\n".join(f"{i}. {STEPS[s].words}" for i, s in enumerate(steps, start=1)) + "\n</plan>"

    def _verified(self, asked: str) -> str:
        """The plan walked through the tests; at the first that it gets wrong, another plan."""
        steps, blocks = _read(asked.partition("<plan>")[2].partition("</plan>")[0]), []
        for x in self._task.shown:
            records = [f"record: s{i} = {value}" for i, value in enumerate(walk(steps, x), start=1)]
            same = end(steps, x) == end(self._task.steps, x)
            said = "right" if same else "wrong\nthe result differs"
            blocks.append("\n".join(["<check>", *records, f"result: {end(steps, x)}", f"plan: {said}", "</check>"]))
            if not same:
                return "\n".join([*blocks, self._planned()])
        return "\n".join(blocks)

    def _written(self, steps: list[int]) -> str:
        self._code = steps
        text = source(steps)
        self.steps_of[text.strip()] = steps
        return f"```python\n{text}\n```"


def _read(plan: str) -> list[int]:
    return [_NUMBER[line] for line in _PLAN_LINE.findall(plan)]


def _parting(asked: str) -> int | None:
    """The first step whose value in the run is not that of the walk; ``None`` where the two agree or one is missing."""
    told, _, run = asked.partition(_WALK)[2].partition(_RUN)
    wanted = {int(i): ast.literal_eval(value) for i, value in _RECORD.findall(told)}
    seen = {
        int(i): ast.literal_eval(value)
        for line in run.splitlines()
        for i, value in _SEEN.findall(line.partition("    # ")[2])
    }
    return next((i - 1 for i in sorted(wanted) if seen.get(i) != wanted[i]), None)


def by_lpw(task: Task, *, executor: Executor, rng: np.random.Generator, right: float, most: int) -> Outcome:
    """The real workflow, at most ``most`` plans, programs and repairs in all."""
    lm = SymbolicLM(task, rng=rng, right=right, most=most)
    found = LPW(lm, executor, max_plan_iters=most, max_code_iters=most, max_trace=20_000)(task.problem, budget=Budget())
    steps = None if found.candidate is None else lm.steps_of.get(found.candidate.source.strip())
    return Outcome(found.solved, steps is not None and task.right(steps), lm.generator.n_calls)


def by_resampling(task: Task, *, rng: np.random.Generator, right: float, most: int) -> Outcome:
    """Programs drawn until one passes the visible tests."""
    generator = _Generator(task, rng=rng, most=most)
    steps: list[int] = []
    while generator.left:
        steps = generator.draw(task.steps, right=right)
        if _shown(task, steps) == len(task.problem.tests):
            break
    return _outcome(task, steps, generator)


def by_repair(task: Task, *, rng: np.random.Generator, right: float, most: int) -> Outcome:
    """A program drawn, then one step at a time, whichever; a change that passes fewer visible tests is undone."""
    generator = _Generator(task, rng=rng, most=most)
    steps = generator.draw(task.steps, right=right)
    while generator.left and _shown(task, steps) < len(task.problem.tests):
        tried = generator.redraw(steps, None, task.steps, right=right)
        if _shown(task, tried) >= _shown(task, steps):
            steps = tried
    return _outcome(task, steps, generator)


def _shown(task: Task, steps: Sequence[int]) -> int:
    return task.passes(steps, hidden=False)


def _outcome(task: Task, steps: Sequence[int], generator: _Generator) -> Outcome:
    return Outcome(_shown(task, steps) == len(task.problem.tests), task.right(steps), generator.n_calls)
