"""Evaluation by execution: a model writes programs for held-out problems, and the sandbox says which are right.

Not covered: other prompts than the one a model was trained on; pass ``prompt`` and ``read`` for those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unriddle.benchmarks.run import Evaluation, evaluate
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.lm.base import LM, SampleOptions
from unriddle.lm.transformers import TransformersLM
from unriddle.problem import Problem
from unriddle.prompt.nursery import END, nursery_prompt, read_program

if TYPE_CHECKING:
    from unriddle.benchmarks.base import TaskBenchmark
    from unriddle.train.trainer import Evaluate

__all__ = ["draw_programs", "judge_model", "program_evaluator"]


def draw_programs(
    lm: LM,
    problems: Sequence[Problem],
    *,
    n: int,
    options: SampleOptions | None = None,
    prompt: Callable[[Problem], str] = nursery_prompt,
    read: Callable[[str, Problem], str] = read_program,
) -> dict[str, list[Candidate]]:
    """``n`` candidates for every problem, by its id.

    Args:
        lm: A model that knows the prompt.
        problems: What to solve.
        n: Draws per problem.
        options: How to sample; ``None`` means temperature 0.8, top-p 0.95, 160 tokens and seed 0.
        prompt: What the model reads.
        read: The program in what it wrote.
    """
    options = options or SampleOptions(max_tokens=160, stop=(END,), seed=0, logprobs=True)
    rows = lm.sample([prompt(problem) for problem in problems], n=n, options=options)
    return {
        problem.id: [
            Candidate(
                read(completion.text, problem),
                prior=completion.logprob,
                proposer=lm.name,
                n_tokens=completion.completion_tokens,
                meta={"draw": k, "finish_reason": completion.finish_reason},
            )
            for k, completion in enumerate(row)
        ]
        for problem, row in zip(problems, rows, strict=True)
    }


def judge_model(
    lm: LM,
    benchmark: TaskBenchmark,
    *,
    executor: Executor,
    n: int = 1,
    options: SampleOptions | None = None,
    ks: Sequence[int] | None = None,
) -> Evaluation:
    """pass@k of a model on a benchmark's hidden tests.

    Args:
        lm: A model that knows the nursery's prompt.
        benchmark: The problems.
        executor: Where the programs run.
        n: Draws per problem.
        options: How to sample.
        ks: The k of pass@k; ``None`` means 1 and ``n``.
    """
    candidates = draw_programs(lm, list(benchmark), n=n, options=options)
    return evaluate(benchmark, candidates, executor=executor, ks=tuple(ks or dict.fromkeys((1, n))))


def program_evaluator(
    tokenizer: Any,
    benchmarks: Mapping[str, TaskBenchmark],
    *,
    executor: Executor,
    n: int = 1,
    options: SampleOptions | None = None,
) -> Evaluate:
    """What ``train`` calls to judge a model by execution: ``{"pass@1 NAME": value}`` per named benchmark."""

    def judged(model: Any, step: int) -> dict[str, float]:
        lm = TransformersLM.of(model, tokenizer, name=f"step-{step}")
        found = {}
        for name, benchmark in benchmarks.items():
            metrics = judge_model(lm, benchmark, executor=executor, n=n, options=options).metrics
            found.update({f"{metric} {name}": value["value"] for metric, value in metrics.items()})
        return found

    return judged
