"""What fills the holes of programs: a language model (the LMulator), functions of yours, or nothing."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unriddle.errors import BadInput
from unriddle.execute.holes import Hole
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._coc_prompt import WorkedExample, call_prompt, line_prompt, read_changes, read_value

__all__ = ["LMulator", "Leaves", "no_emulation"]


class LMulator:
    """A language model that executes what Python cannot: ``Fill`` for ``run_with_holes``.

    The same question about the same state is asked once: a hole is filled by a greedy model, so that the answer is a
    function of the prompt.

    Args:
        lm: The model.
        questions: The question of each program, to be shown; empty to show none.
        examples: Worked examples; with steps for lines, with facts for calls.
        max_tokens: Of one answer.
        n_history: Steps shown before a line; ``None`` for all.
        seed: Of sampling.

    Attributes:
        n_calls: Holes it was given, by number of the program.
        n_asked: Prompts that went to the model; repeated ones did not.
    """

    def __init__(
        self,
        lm: LM,
        *,
        questions: Sequence[str] = (),
        examples: Sequence[WorkedExample] = (),
        max_tokens: int = 32,
        n_history: int | None = None,
        seed: int = 0,
    ) -> None:
        self._lm, self._questions, self._examples, self._n_history = lm, questions, examples, n_history
        stop = ("\n",)
        self._options = SampleOptions(temperature=0.0, top_p=1.0, max_tokens=max_tokens, stop=stop, seed=seed)
        self._known: dict[str, str] = {}
        self.n_calls: dict[int, int] = {}
        self.n_asked = 0

    def __call__(self, holes: Sequence[Hole]) -> list[Mapping[str, Any] | None]:
        """What the model says for each; ``None`` where that cannot be read.

        Raises:
            BadInput: A program has no question.
        """
        prompts = [self._prompt(hole) for hole in holes]
        new = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._known]
        drawn = self._lm.sample(new, options=self._options) if new else []
        self.n_asked += len(new)
        self._known.update({prompt: draw.text for prompt, (draw,) in zip(new, drawn, strict=True)})
        for hole in holes:
            self.n_calls[hole.program] = self.n_calls.get(hole.program, 0) + 1
        return [_read(self._known[prompt], hole) for prompt, hole in zip(prompts, holes, strict=True)]

    def _prompt(self, hole: Hole) -> str:
        if self._questions and hole.program >= len(self._questions):
            raise BadInput(
                f"LMulator: {len(self._questions)} questions, but program {hole.program} was run; give one for each "
                "program, or none"
            )
        question = self._questions[hole.program] if self._questions else ""
        if hole.kind == "call":
            return call_prompt(hole, self._examples, question=question)
        return line_prompt(hole, self._examples, question=question, n_history=self._n_history)


def _read(text: str, hole: Hole) -> Mapping[str, Any] | None:
    if hole.kind != "call":
        return read_changes(text)
    found, value = read_value(text, name=hole.source.partition("(")[0])
    return {"_value": value} if found else None


class Leaves:
    """Functions of yours in place of a model: ``Fill`` for holes of level ``call``, and for simple lines.

    A line can be filled in when it is one call, or ``not`` of one, of such a function, given to a variable or used as a
    condition, with variables and literals as arguments.

    Args:
        functions: By name; they are called in this process with plain values, as many as fit their signature. What
            they raise ends the whole run, so let them take values of any type.

    Attributes:
        n_calls: How often one was called.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = dict(functions)
        self.n_calls = 0

    def __call__(self, holes: Sequence[Hole]) -> list[Mapping[str, Any] | None]:
        """The changes; ``None`` where no function fits."""
        return [self._fill(hole) for hole in holes]

    def _fill(self, hole: Hole) -> Mapping[str, Any] | None:
        try:
            (statement,) = ast.parse(hole.source).body
        except (SyntaxError, ValueError):
            return None
        name, node = "_value", statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
            if not isinstance(target, ast.Name):
                return None
            name = target.id
        negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        called = node.operand if isinstance(node, ast.UnaryOp) and negated else node
        if not isinstance(called, ast.Call) or not isinstance(called.func, ast.Name):
            return None
        if called.func.id not in self._functions:
            return None
        try:
            args = [self._argument(arg, hole) for arg in called.args]
            words = {str(word.arg): self._argument(word.value, hole) for word in called.keywords}
        except (ValueError, TypeError, KeyError):
            return None
        function = self._functions[called.func.id]
        if not _fits(function, args, words):
            return None
        self.n_calls += 1
        value = function(*args, **words)
        return {name: (not value) if negated else value}

    def _argument(self, node: ast.expr, hole: Hole) -> Any:
        return hole.state[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)


def _fits(function: Callable[..., Any], args: Sequence[Any], words: Mapping[str, Any]) -> bool:
    """Whether a function takes these arguments: a call that does not fit is the program's mistake, not its author's."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return True
    try:
        signature.bind(*args, **words)
    except TypeError:
        return False
    return True


def no_emulation(holes: Sequence[Hole]) -> list[Mapping[str, Any] | None]:
    """Nothing for any hole: a program runs as far as Python can."""
    return [None] * len(holes)
