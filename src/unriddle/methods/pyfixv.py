"""Phung 2023: Generating High-Precision Feedback for Programming Syntax Errors Using Large Language Models (EDM 2023).

For a program that does not parse: a repaired program and an explanation, shown only when somebody who gets nothing but
the broken program and the explanation makes the same repair often enough. The threshold is a knob: fewer beginners get
an answer, and more of the answers are right. A language model does all three steps (``PyFiXV``), or a search over small
edits does (``feedback``), which needs no model and says one sentence per edit.

What differs from the paper: edit models are gone, so the instruction is asked as a chat; Python 3 only, with the
running interpreter's parser; programs must compile, not only parse. Without a language model the first repairer chooses
by a linear model over edits, the second reads the sentence and draws among the edits it allows by a model of its own,
and the score adds how likely the second finds that program by itself. Thresholds are certified with a confidence bound;
the paper's rule is there as well. Truth in the lab is the program before it was broken, not an expert's grade.

Expected in the lab: the original program for more than 60 % and a program that parses for more than 90 % of generated
errors; precision above 0.9 at more than three quarters coverage. A sentence made from a wrong repair mostly leads back
to that repair, so agreement finds wrong explanations but few wrong repairs; the second opinion finds those.

Not covered: mistakes of meaning, Python 2, and explanations in a learner's own language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from unriddle.errors import BadInput, shorten
from unriddle.language.loose_tokens import essential_tokens, token_distance
from unriddle.language.syntax_error import SyntaxProblem, normal_form, same_program, syntax_problem
from unriddle.lm.base import LM, Prompt, SampleOptions
from unriddle.methods._pyfixv_back import agreement
from unriddle.methods._pyfixv_policy import CurvePoint, Graded, Policy, area, calibrate, calibrate_card, curve
from unriddle.methods._pyfixv_prompts import END, explain_prompt, read_edit, repair_prompt, told_prompt
from unriddle.methods._pyfixv_shots import Shot, choose_shots
from unriddle.methods._pyfixv_store import Repairers, load_graded, load_repairers
from unriddle.methods._pyfixv_words import explanation, quotes_the_fix
from unriddle.propose.syntax_edits import Edit
from unriddle.propose.syntax_repair import propose_fixes

__all__ = [
    "CurvePoint",
    "Feedback",
    "Graded",
    "Policy",
    "PyFiXV",
    "Repairers",
    "Shot",
    "area",
    "broken",
    "calibrate",
    "calibrate_card",
    "curve",
    "feedback",
    "load_graded",
    "load_repairers",
]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What could be said to somebody whose program does not parse.

    Attributes:
        buggy: The program.
        problem: What the parser says.
        fixed: A repaired program; ``None`` when none was found.
        explanation: What was wrong; empty without a repair.
        edits: What was done, where a search did it.
        chance: Belief of the first repairer in this program; NaN for a language model.
        second_chance: Belief of the second repairer in it, without the explanation; NaN for a language model.
        n_agreeing: Repairs from the explanation that are the same program.
        n: Repairs made from the explanation.
        score: How sure all this is; ``-inf`` without a repair.
        quotes_fix: Whether the explanation holds a line of the repair, so that agreeing with it is no feat.
    """

    buggy: str
    problem: SyntaxProblem
    fixed: str | None = None
    explanation: str = ""
    edits: tuple[Edit, ...] = ()
    chance: float = float("nan")
    second_chance: float = float("nan")
    n_agreeing: int = 0
    n: int = 0
    score: float = -inf
    quotes_fix: bool = False


def broken(source: str) -> SyntaxProblem:
    """What is wrong with a program.

    Raises:
        BadInput: Nothing is.
    """
    problem = syntax_problem(source)
    if problem is None:
        raise BadInput(f"expected a program with a syntax error, got one that compiles: {shorten(source)}")
    return problem


def feedback(
    source: str,
    *,
    repairers: Repairers,
    rng: np.random.Generator,
    n: int = 10,
    temperature: float = 1.0,
    max_tried: int = 150,
) -> Feedback:
    """A repair, its explanation and how sure both are, found by search.

    Args:
        source: A program that does not parse.
        repairers: See ``load_repairers``.
        rng: Draws the repairs that check the explanation.
        n: How many of them.
        temperature: Of their draws.
        max_tried: Edits tried for each text on the way to a repair.

    Raises:
        BadInput: The program compiles, or ``n`` is less than 1.
    """
    problem = broken(source)
    if n < 1:
        raise BadInput(f"feedback: n must be 1 or more, got {n}")
    fixes = propose_fixes(source, model=repairers.first, max_tried=max_tried)
    if not fixes:
        return Feedback(source, problem)
    best = fixes[0]
    told = explanation(best.edits)
    agreeing = agreement(
        source, best.source, told, tokens=repairers.second.tokens, rng=rng, n=n, temperature=temperature
    )
    others = propose_fixes(source, model=repairers.second, max_tried=max_tried)
    second = next((fix.chance for fix in others if same_program(fix.source, best.source)), 0.0)
    return Feedback(
        source, problem, best.source, told, best.edits, best.chance, second, agreeing, n,
        best.chance * second * agreeing / n, quotes_the_fix(told, source, best.source),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PyFiXV:
    """Feedback by a language model, as in the paper.

    Args:
        lm: The model.
        shots: Programs with expert explanations, to choose worked examples from.
        n_fixes: Repairs drawn.
        fix_temperature: Of those draws.
        quote_error: Tell the model what the parser says.
        n_shots: Worked examples before the explanation.
        n_checks: Repairs drawn from the explanation.
        check_temperature: Of those draws.
        threshold: Least number of them that must agree; fewer draws are made once that is decided.
        parallel: Checks drawn at a time; 0 draws all at once, as the paper does.
        seed: Makes the draws and the choice among equal examples reproducible.

    Raises:
        BadInput: There are no draws, or the threshold exceeds them.
    """

    lm: LM
    shots: Sequence[Shot] = field(default=())
    n_fixes: int = 10
    fix_temperature: float = 0.5
    quote_error: bool = False
    n_shots: int = 3
    n_checks: int = 10
    check_temperature: float = 0.5
    threshold: int = 5
    parallel: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_fixes < 1 or self.n_checks < 1 or not 0 <= self.threshold <= self.n_checks:
            raise BadInput(
                f"PyFiXV: n_fixes and n_checks must be 1 or more and threshold from 0 to n_checks, got "
                f"{self.n_fixes}, {self.n_checks} and {self.threshold}"
            )

    def __call__(self, source: str) -> Feedback:
        """The feedback; show it when ``n_agreeing`` reaches the threshold (``accepts``).

        Raises:
            BadInput: The program compiles.
        """
        fixed = self.fix(source)
        if fixed is None:
            return Feedback(source, broken(source))
        return self.validate(source, fixed, self.explain(source, fixed))

    def accepts(self, found: Feedback) -> bool:
        """Whether to show it."""
        return found.fixed is not None and found.n_agreeing >= self.threshold

    def fix(self, source: str) -> str | None:
        """Of the drawn programs that compile the one nearest to ``source`` in tokens; ``None`` when none does.

        Raises:
            BadInput: The program compiles.
        """
        problem = broken(source)
        prompt = repair_prompt(source, problem if self.quote_error else None)
        drawn = self._edits(prompt, source, n=self.n_fixes, temperature=self.fix_temperature)
        fitting = [text for text in dict.fromkeys(drawn) if syntax_problem(text) is None]
        tokens = essential_tokens(source)
        return min(fitting, key=lambda text: token_distance(tokens, essential_tokens(text)), default=None)

    def explain(self, source: str, fixed: str) -> str:
        """What the model says was wrong.

        Raises:
            BadInput: The program compiles, or the repair is the program itself.
        """
        broken(source)
        if source == fixed:
            raise BadInput("PyFiXV: the repair is the broken program itself; there is nothing to explain")
        shots = choose_shots(self.shots, source, fixed, rng=np.random.default_rng(self.seed), n=self.n_shots)
        options = SampleOptions(temperature=0.0, max_tokens=256, stop=(END,), seed=self.seed)
        return self.lm.sample([explain_prompt(source, fixed, shots)], n=1, options=options)[0][0].text.strip()

    def validate(self, source: str, fixed: str, explanation: str) -> Feedback:
        """The feedback with how many repairs drawn from the explanation agree with ``fixed``.

        Equal draws count each. With ``parallel`` the draws stop when the threshold is reached or out of reach; ``n``
        says how many were made.
        """
        wanted, prompt = normal_form(fixed), told_prompt(source, explanation)
        agreeing = n = 0
        while n < self.n_checks:
            size = min(self.parallel or self.n_checks, self.n_checks - n)
            texts = self._edits(prompt, source, n=size, temperature=self.check_temperature, first=n)
            agreeing += sum(syntax_problem(text) is None and normal_form(text) == wanted for text in texts)
            n += size
            if agreeing >= self.threshold or agreeing + self.n_checks - n < self.threshold:
                break
        told = Feedback(source, broken(source), fixed, explanation, n_agreeing=agreeing, n=n, score=float(agreeing))
        return replace(told, quotes_fix=quotes_the_fix(explanation, source, fixed))

    def _edits(self, prompt: Prompt, source: str, *, n: int, temperature: float, first: int = 0) -> list[str]:
        room = 2 * len(essential_tokens(source)) + 200
        options = SampleOptions(temperature=temperature, top_p=1.0, max_tokens=room, seed=self.seed, first_draw=first)
        return [read_edit(c.text) for c in self.lm.sample([prompt], n=n, options=options)[0]]
