"""sample_benchmark(): candidates for a whole benchmark from a language model, resumable.

Not covered: proposers that learn from verdicts; those solve one problem at a time (``unriddle.propose``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from unriddle.benchmarks.keep import Keeper, Progress, Watch
from unriddle.candidate import Candidate
from unriddle.contracts import Benchmark
from unriddle.errors import BadInput
from unriddle.lm.base import LM, Completion, Prompt, SampleOptions
from unriddle.problem import Problem
from unriddle.prompt import extract, function_prompts, puzzle_prompts, stop_strings
from unriddle.prompt.nursery import nursery_prompt

__all__ = ["sample_benchmark"]

# Enough to keep a model's slots full, few enough that little is lost when the process is killed.
_BATCH_DRAWS = 160


def sample_benchmark(
    benchmark: Benchmark,
    lm: LM,
    *,
    n: int,
    options: SampleOptions | None = None,
    style: Literal["completion", "chat", "nursery"] = "completion",
    run: Keeper | None = None,
    watch: Watch | None = None,
) -> dict[str, list[Candidate]]:
    """``n`` candidates for every task, drawn from a language model; hidden tests play no part.

    Prompts of several tasks go to the model in one batch, so that its slots stay full. Draws kept in ``run`` are not
    asked for again; with ``options.seed`` set, the candidates are the same however often the work was interrupted.

    Args:
        benchmark: Whose problems to pose.
        lm: Where completions come from.
        n: Draws per task.
        options: How to sample; the style's stop strings are added.
        style: ``completion`` continues the stub, ``chat`` asks in messages, ``nursery`` asks as
            the models grown here were taught.
        run: Where draws are kept.
        watch: Called when the work begins and after every batch.

    Raises:
        BadInput: ``n`` is less than 1.
        LMError: The model cannot answer.
    """
    if n < 1:
        raise BadInput(f"sample_benchmark: n must be 1 or more, got {n}")
    options = options or SampleOptions()
    options = dataclasses.replace(options, stop=tuple(dict.fromkeys((*options.stop, *stop_strings(style=style)))))
    problems = {problem.id: problem for problem in benchmark}
    prompts = {task: _prompt(problem, style) for task, problem in problems.items()}
    drawn = {task: run.done_calls(task)[:n] if run else [] for task in problems}
    n_kept = sum(map(len, drawn.values()))
    if watch:
        watch(Progress(n_kept, n * len(problems), n_kept))
    while batch := _next_batch(prompts, drawn, n=n):
        _draw(lm, {task: prompts[task] for task in batch}, drawn, n=n, options=options, run=run)
        if watch:
            watch(Progress(sum(map(len, drawn.values())), n * len(problems), n_kept))
    return {
        task: [_candidate(c, problems[task], lm.name, style, draw=k) for k, c in enumerate(drawn[task])]
        for task in problems
    }


def _next_batch(prompts: Mapping[str, Prompt], drawn: Mapping[str, Sequence[Completion]], *, n: int) -> list[str]:
    """The next tasks to draw for: equally far along, each prompt once, about ``_BATCH_DRAWS`` draws together."""
    batch: list[str] = []
    asked: set[Prompt] = set()
    for task, prompt in prompts.items():
        begin = len(drawn[task])
        # One call numbers the draws of a repeated prompt onwards, so the second of two equal prompts waits its turn.
        if begin >= n or prompt in asked or (batch and begin != len(drawn[batch[0]])):
            continue
        batch.append(task)
        asked.add(prompt)
        if len(batch) * (n - begin) >= _BATCH_DRAWS:
            break
    return batch


def _draw(
    lm: LM, prompts: Mapping[str, Prompt], drawn: dict[str, list[Completion]], *,
    n: int, options: SampleOptions, run: Keeper | None,
) -> None:  # fmt: skip
    begin = len(drawn[next(iter(prompts))])
    options = dataclasses.replace(options, first_draw=options.first_draw + begin)
    k = min(n - begin, _BATCH_DRAWS)
    answers = lm.sample(list(prompts.values()), n=k, options=options)
    how = {name: value for name, value in dataclasses.asdict(options).items() if name != "first_draw"}
    for (task, prompt), completions in zip(prompts.items(), answers, strict=True):
        if run:
            run.save_calls(task, prompt, completions, lm=lm.name, options=how, first_draw=begin)
        drawn[task] = [*drawn[task], *completions]


def _prompt(problem: Problem, style: Literal["completion", "chat", "nursery"]) -> Prompt:
    if style == "nursery":
        return nursery_prompt(problem)
    return (puzzle_prompts if problem.kind == "puzzle" else function_prompts)(problem, style=style)


def _candidate(
    completion: Completion, problem: Problem, name: str, style: Literal["completion", "chat", "nursery"], *, draw: int
) -> Candidate:
    return Candidate(
        extract(completion.text, problem, style=style),
        prior=completion.logprob,
        proposer=name,
        # The prompt is read once for all its draws, so only the first one carries it.
        n_tokens=completion.completion_tokens + (0 if draw else completion.prompt_tokens),
        meta={"draw": draw, "finish_reason": completion.finish_reason},
    )
