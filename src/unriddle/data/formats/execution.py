"""Program and input to output, with and without a trace, and program and output to input.

Not covered: outputs of programs that raise.
"""

from __future__ import annotations

import numpy as np

from unriddle.data.formats.base import Example, call_of
from unriddle.data.world.parts import parts
from unriddle.data.world.problem import Case, WorldProblem
from unriddle.data.world.trace import run_traced

__all__ = ["backward", "output", "output_trace", "trace_lines"]

_MAX_TRACE_LINES = 24


def _case(problem: WorldProblem, rng: np.random.Generator) -> Case:
    cases = problem.examples + problem.hidden
    return cases[int(rng.integers(len(cases)))]


def output(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Program and input -> output, for one case."""
    args, value = _case(problem, rng)
    prompt = f"<|program|>{problem.program.rstrip()}<|input|>{call_of(problem, args)}<|output|>"
    return [Example(prompt, repr(value), "output", problem.id)]


def output_trace(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Program and input -> trace, then output: a scratchpad. Nothing where the trace would be too long."""
    args, value = _case(problem, rng)
    lines = trace_lines(problem, args)
    if not lines:
        return []
    prompt = f"<|program|>{problem.program.rstrip()}<|input|>{call_of(problem, args)}<|trace|>"
    text = "\n".join(lines)
    return [Example(prompt, f"{text}<|output|>{value!r}", "output_trace", problem.id)]


def trace_lines(problem: WorldProblem, args: tuple[object, ...]) -> list[str]:
    """The trace of the reference as short lines; empty where there are more than 24 of them.

    A one-line program shows its parts from the inside out (``xs[:2] = [1, 2]``), a longer one every executed line
    that changes something (``3: total = 4``).
    """
    shown = [f"{text} = {value}" for text, value in parts(problem, args)]
    if not shown:
        run = run_traced(problem.program, problem.entry, args)
        if run.error:
            return []
        shown = [
            f"{step.line}: " + ", ".join([f"{name} = {text}" for name, text in step.changed])
            for step in run.steps
            if step.changed
        ]
    return shown if len(shown) <= _MAX_TRACE_LINES else []


def backward(problem: WorldProblem, rng: np.random.Generator) -> list[Example]:
    """Program and output -> one input that gives it; every such input is right."""
    args, value = _case(problem, rng)
    prompt = f"<|program|>{problem.program.rstrip()}<|output|>{value!r}<|input|>"
    return [Example(prompt, call_of(problem, args), "input", problem.id)]
