"""Li 2024: Chain of Code: Reasoning with a Language Model-Augmented Code Emulator (arXiv 2312.04474).

A language model answers a question by a program that may call functions nobody defined (``is_fruit(x)``). Python runs
it line by line; what Python cannot run, the model executes (the LMulator): it says which variables the line changes,
and Python goes on from there. So each does what it is good at, in one run with one state.

What differs from the paper: a line that fails is found before any of it happened, and the run is not patched but
started again with all that was filled in (see ``unriddle.execute.holes``); the model may change only what the
statement can change; heads of loops and branches are asked for as one value, where the authors' demo wraps single
lines; lines that are not Python are lines of the model too; a program's own ``try`` comes first. The demo shows the
model three steps, the paper all of them and the question: ``n_history`` and ``show_question``. At level ``call`` the
holes are calls instead, asked once for each arguments, also inside comprehensions and functions. Programs run in the
sandbox.

Expected in the lab: all 1,500 questions of 6 algorithmic sets of BIG-Bench Hard right with programs from templates
(code-davinci-002, recorded: 47 % directly, 71 % with a chain of thought); counting under a noisy LMulator at the rate
that the binomial law gives. SmolLM2 is too weak a judge: 8 of 30 counts right by the program, 5 asked directly.

Not covered: chat models (everything is a completion), and the paper's own figures, whose models are gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.execute.holes import Hole, HoleRun, Level, run_with_holes
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._coc_emulate import Leaves, LMulator, no_emulation
from unriddle.methods._coc_prompt import STOPS, WorkedExample, answer_prompt, program_prompt, read_program, traced

__all__ = [
    "ChainOfCode",
    "CodeAnswer",
    "Hole",
    "HoleRun",
    "LMulator",
    "Leaves",
    "Variant",
    "WorkedExample",
    "run_with_holes",
]

Variant = Literal["interweave", "python or state", "python or lm", "python", "state", "lm"]
_VARIANTS = ("interweave", "python or state", "python or lm", "python", "state", "lm")


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """An answer, and how it came about.

    Attributes:
        answer: As text; empty where there is none.
        program: The program.
        by: ``program``: its run gave the answer; ``model``: the model said it; ``none``.
        run: What ran, where something did; its text is the trace.
        n_lm_calls: How often the model was asked, the program included.
    """

    answer: str
    program: str
    by: Literal["program", "model", "none"]
    run: HoleRun | None
    n_lm_calls: int


@dataclass(frozen=True, slots=True)
class ChainOfCode:
    """Answers questions by programs that Python and a language model execute together.

    Args:
        lm: Writes programs and executes what Python cannot.
        executor: Where programs run; already open.
        examples: Worked examples for all prompts; the paper shows three.
        variant: ``interweave`` is the method. ``python or state`` and ``python or lm`` run everything in Python and,
            where that fails, ask for the whole run or only for the answer; ``python``, ``state`` and ``lm`` use one
            side alone.
        level: What the model executes: a ``line`` (the paper), or a ``call``.
        n_programs: Programs per question; the most frequent answer is taken, the first of equals. At temperature 0
            they are all the same.
        temperature: Of the programs; everything else is greedy.
        max_tokens: Of a program, or of a whole run by hand.
        max_change_tokens: Of one executed line.
        max_lines: Distinct lines (functions at level ``call``) the model may execute in one program.
        n_history: Steps shown with a line; ``None`` for all.
        show_question: Show the question with a line too.
        seed: Of sampling.

    Raises:
        BadInput: There is no such variant or level, or a number is out of range.
    """

    lm: LM
    executor: Executor
    examples: Sequence[WorkedExample] = ()
    variant: Variant = "interweave"
    level: Level = "line"
    n_programs: int = 1
    temperature: float = 0.0
    max_tokens: int = 1024
    max_change_tokens: int = 32
    max_lines: int = 20
    n_history: int | None = None
    show_question: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.variant not in _VARIANTS:
            raise BadInput(f"ChainOfCode: variant must be one of {', '.join(_VARIANTS)}; got {shorten(self.variant)}")
        if self.level not in ("line", "call"):
            raise BadInput(f"ChainOfCode: level must be 'line' or 'call', got {shorten(self.level)}")
        for name, value, least in (
            ("n_programs", self.n_programs, 1),
            ("max_lines", self.max_lines, 1),
            ("n_history", 0 if self.n_history is None else self.n_history, 0),
        ):
            if value < least:
                raise BadInput(f"ChainOfCode: {name} must be {least} or more, got {value}")

    def __call__(self, questions: Sequence[str]) -> list[CodeAnswer]:
        """One answer per question, ``(n,)``, in order; the model writes the programs.

        Raises:
            BadInput: One text was given in place of a list of them.
        """
        if isinstance(questions, str):
            raise BadInput(f"ChainOfCode: questions must be a list of texts, got one text {shorten(questions)}")
        prompts = [program_prompt(question, self.examples) for question in questions]
        written = self.lm.sample(prompts, n=self.n_programs, options=self._options(self.temperature)) if prompts else []
        asked, programs, spoken = [], [], []
        for question, draws in zip(questions, written, strict=True):
            for draw in draws:
                program, answer = read_program(draw.text)
                asked.append(question)
                programs.append(program)
                spoken.append(answer)
        found = self.execute(asked, programs, spoken=spoken)
        k = self.n_programs
        return [_voted(found[i * k : (i + 1) * k]) for i in range(len(questions))]

    def execute(
        self, questions: Sequence[str], programs: Sequence[str], *, spoken: Sequence[str] | None = None
    ) -> list[CodeAnswer]:
        """The same for programs that are already written.

        Args:
            questions: ``(n,)``, for the model to see.
            programs: ``(n,)``.
            spoken: The answers that the model gave with its programs, for runs that end without one.

        Raises:
            BadInput: The lengths differ.
        """
        texts = list(spoken) if spoken is not None else [""] * len(programs)
        if not len(questions) == len(programs) == len(texts):
            raise BadInput(
                f"execute: {len(questions)} questions, {len(programs)} programs and {len(texts)} spoken answers; "
                "give one of each"
            )
        wrote = int(spoken is not None)
        if self.variant in ("state", "lm"):
            return self._by_hand(questions, programs, runs=[None] * len(programs), wrote=wrote)
        runs, asked = self._run(questions, programs)
        found = [
            CodeAnswer(str(run.answer), run.source, "program", run, wrote + n)
            if run.end == "done"
            else CodeAnswer(text, run.source, "model" if text else "none", run, wrote + n)
            for run, text, n in zip(runs, texts, asked, strict=True)
        ]
        if self.variant == "python":
            return [one if one.by == "program" else _without(one) for one in found]
        failed = [i for i, run in enumerate(runs) if run.end != "done"] if self.variant != "interweave" else []
        again = self._by_hand(
            [questions[i] for i in failed], [programs[i] for i in failed], runs=[runs[i] for i in failed], wrote=wrote
        )
        for i, one in zip(failed, again, strict=True):
            found[i] = one
        return found

    def _run(self, questions: Sequence[str], programs: Sequence[str]) -> tuple[list[HoleRun], list[int]]:
        if self.variant != "interweave":
            runs = run_with_holes(programs, no_emulation, executor=self.executor)
            return runs, [0] * len(programs)
        emulate = LMulator(
            self.lm,
            questions=questions if self.show_question else (),
            examples=self._examples(steps=self.level == "line"),
            max_tokens=self.max_change_tokens,
            n_history=self.n_history,
            seed=self.seed,
        )
        runs = run_with_holes(programs, emulate, executor=self.executor, level=self.level, max_lines=self.max_lines)
        return runs, [emulate.n_calls.get(i, 0) for i in range(len(programs))]

    def _by_hand(
        self, questions: Sequence[str], programs: Sequence[str], *, runs: Sequence[HoleRun | None], wrote: int
    ) -> list[CodeAnswer]:
        """The model says the answer, after the whole run or at once."""
        if not programs:
            return []
        steps = self.variant in ("state", "python or state")
        examples = self._examples(steps=steps)
        pairs = zip(questions, programs, strict=True)
        prompts = [answer_prompt(question, program, examples, steps=steps) for question, program in pairs]
        drawn = self.lm.sample(prompts, options=self._options(0.0, self.max_tokens if steps else 64))
        found = []
        for program, run, (draw,) in zip(programs, runs, drawn, strict=True):
            text = draw.text.rpartition("A:")[2] if steps else draw.text
            line = text.strip().split("\n", 1)[0].strip() if "A:" in draw.text or not steps else ""
            found.append(CodeAnswer(line, program, "model" if line else "none", run, wrote + 1))
        return found

    def _examples(self, *, steps: bool) -> Sequence[WorkedExample]:
        return traced(self.examples, executor=self.executor) if steps and self.examples else self.examples

    def _options(self, temperature: float, max_tokens: int | None = None) -> SampleOptions:
        return SampleOptions(
            temperature=temperature, top_p=1.0, max_tokens=max_tokens or self.max_tokens, stop=STOPS, seed=self.seed
        )


def _without(answer: CodeAnswer) -> CodeAnswer:
    return CodeAnswer("", answer.program, "none", answer.run, answer.n_lm_calls)


def _voted(answers: Sequence[CodeAnswer]) -> CodeAnswer:
    """The first one with the most frequent answer; those that answer nothing have no vote."""
    votes = Counter(one.answer for one in answers if one.by != "none")
    best = next((one for one in answers if votes and votes[one.answer] == max(votes.values())), answers[0])
    return CodeAnswer(best.answer, best.program, best.by, best.run, sum(one.n_lm_calls for one in answers))
