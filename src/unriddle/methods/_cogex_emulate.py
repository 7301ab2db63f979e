"""What answers a pseudo-program's call: a language model, Python with leaves asked for, or Python alone.

Programs are hostile: Python runs them in the sandbox only, and what a model writes is read as literals. Not covered:
training a model to emulate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute.holes import Fill, run_with_holes
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._cogex_prompt import PseudoProgram, Shown, answer_of, as_text, emulation_prompt, read_output
from unriddle.problem import CallTest

__all__ = ["Emulator", "Labelled", "Metric", "answers_of", "exact", "leaf_emulator", "lm_emulator", "run_emulator"]

Labelled = tuple[Any, Any]
"""An input and its answer."""

Emulator = Callable[[PseudoProgram, Sequence[Any]], Sequence[Any]]
"""A program and inputs ``(m,)`` -> answers ``(m,)``, ``None`` where there is none."""

Metric = Callable[[Any, Any], float]
"""An answer (``None`` for none) and the wanted one -> a score, higher is better."""


def exact(answer: Any, wanted: Any) -> float:
    """1 where two answers are the same text but for case and outer blanks (``True`` is ``yes``), else 0."""
    return float(answer is not None and as_text(answer) == as_text(wanted))


def answers_of(emulate: Emulator, program: PseudoProgram, inputs: Sequence[Any]) -> Sequence[Any]:
    """An emulator's answers ``(m,)``.

    Raises:
        BadInput: It gave another number of answers.
    """
    answers = emulate(program, inputs)
    if len(answers) != len(inputs):
        raise BadInput(
            f"cogex: the emulator gave {len(answers)} answers to {len(inputs)} inputs of {program.entry}; it must give "
            "one each, None where there is none"
        )
    return answers


def lm_emulator(
    lm: LM, instruction: str, *, examples: Sequence[Shown] = (), temperature: float = 0.05, max_tokens: int = 256,
    seed: int = 0,
) -> Emulator:  # fmt: skip
    """The model says what a program would return."""
    options = SampleOptions(temperature=temperature, top_p=1.0, max_tokens=max_tokens, stop=("\n\n",), seed=seed)

    def emulate(program: PseudoProgram, inputs: Sequence[Any]) -> list[Any]:
        prompts = [emulation_prompt(instruction, program, given, examples) for given in inputs]
        return [read_output(draws[0].text) for draws in lm.sample(prompts, options=options)] if prompts else []

    return emulate


def leaf_emulator(fill: Fill, *, executor: Executor, max_holes: int = 500) -> Emulator:
    """Python runs the program, and ``fill`` gives the values of undefined leaves (an ``LMulator``, or ``Leaves``).

    A program that runs for ever on three inputs is given up: it has no answer to the rest. The same for
    ``run_emulator``.
    """

    def emulate(program: PseudoProgram, inputs: Sequence[Any]) -> list[Any]:
        source = f"{program.source.rstrip()}\n\nanswer = {program.entry}(given)\n"
        names = [{"given": given} for given in inputs]
        runs = run_with_holes(
            [source] * len(inputs), fill, executor=executor, level="call", names=names, max_holes=max_holes
        )
        return [answer_of(run.answer) if run.end == "done" else None for run in runs]

    return emulate


def run_emulator(leaves: str, *, executor: Executor) -> Emulator:
    """Python runs everything; ``leaves`` is the source of the functions that programs leave undefined."""

    def emulate(program: PseudoProgram, inputs: Sequence[Any]) -> list[Any]:
        candidate = Candidate(f"{leaves.rstrip()}\n\n\n{program.source}")
        if not inputs:
            return []
        verdicts = executor.run([candidate], [CallTest(program.entry, (given,)) for given in inputs])
        found = [verdicts[0, j] for j in range(len(inputs))]
        return [answer_of(outcome.result) if outcome.passed else None for outcome in found]

    return emulate
