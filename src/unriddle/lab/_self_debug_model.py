"""A small language model that debugs its own HumanEval programs: what it gains, and what it breaks.

Not covered: a model large enough to gain anything; the claims are about what the loop does with a weak one.
"""

from __future__ import annotations

import numpy as np

from unriddle.benchmarks.base import Task
from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.lab._small_model import Heard, no_loss, problems
from unriddle.lab.base import Claim, Context, Preset, not_run
from unriddle.lab.models import missing_model
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods.self_debug import SelfDebug
from unriddle.outcome import Limits
from unriddle.prompt import extract
from unriddle.propose._lineage import holds_code

__all__ = ["debugged", "model_claims"]

_LIMITS = Limits(cpu_seconds=3.0)
_BEST = "SmolLM2-135M on HumanEval: hidden tests passed by the best program, against its first"
_LAST = "SmolLM2-135M on HumanEval: hidden tests passed by the last program, against its first"


def model_claims(preset: Preset, executor: Executor, *, seed: int, context: Context) -> list[Claim]:
    """Hidden success of the first, the last and the best program by visible tests."""
    why = "the full preset only; a small model takes minutes on two cores" if preset == "small" else missing_model()
    if why:
        return [not_run(_BEST, why, relation=">="), not_run(_LAST, why, relation=">=")]
    from unriddle.lm.embedded import EmbeddedLM

    tasks = problems(8)
    rows = []
    with EmbeddedLM() as lm:
        for number, task in enumerate(tasks):
            context.say(f"SmolLM2-135M debugs problem {number + 1} of {len(tasks)}")
            rows.append(debugged(task, lm, executor, max_turns=2, seed=seed))
    first, last, best = np.array(rows).T
    note = f"{len(tasks)} problems, 2 turns, failing tests told"
    return [no_loss(_BEST, first, best, note=note), no_loss(_LAST, first, last, note=note)]


def debugged(
    task: Task, lm: LM, executor: Executor, *, max_turns: int, seed: int, max_tokens: int = 200
) -> tuple[bool, bool, bool]:
    """Whether the first program, the last one and the loop's answer pass the hidden tests."""
    options = SampleOptions(temperature=0.0, max_tokens=max_tokens, seed=seed)
    heard = Heard(lm)
    solver = SelfDebug(heard, executor, feedback="ut", max_turns=max_turns, options=options, limits=_LIMITS)
    found = solver(task.problem, budget=Budget())
    texts = [heard.texts[0], *(text for text in heard.texts[1:] if holds_code(text, task.problem.entry))]
    ends = [Candidate(extract(text, task.problem, style="chat")) for text in (texts[0], texts[-1])]
    solved = executor.run([*ends, found.candidate or ends[0]], task.hidden, limits=_LIMITS).solved()
    first, last, best = solved.tolist()
    return first, last, best
