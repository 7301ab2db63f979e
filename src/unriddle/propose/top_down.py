"""TopDown: programs of a typed Python grammar built from the problem, the most likely first.

The grammar has one non-terminal for each type that can matter, the constants found in the problem, and a chance for
every production, which solved problems can teach (``Pcfg.fitted``). Not covered: chances that depend on the parent or
on the statement; values are not looked at, so programs that mean the same all come.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.grammar.cfg import Grammar, Production, Tree
from unriddle.grammar.enumerate import by_probability
from unriddle.grammar.pcfg import Pcfg
from unriddle.problem import CallTest, Problem, Satisfies
from unriddle.propose.bottom_up import related_types, template_names
from unriddle.propose.constants import puzzle_constants
from unriddle.propose.expression import type_of
from unriddle.propose.operators import operators
from unriddle.verdicts import Verdicts

__all__ = ["TopDown", "puzzle_grammar"]


class TopDown:
    """Answers to a puzzle as expressions, the most likely first.

    Args:
        problem: A puzzle: one of its tests has a verifier.
        weights: A weight for a production by its template, whatever its types; by default two productions of one
            type are as likely as each other except that each unit of cost halves it.
        name: What the candidates say proposed them.

    Raises:
        BadInput: The problem has no verifier, or nothing of its answer's type can be written.
    """

    def __init__(self, problem: Problem, *, weights: Mapping[str, float] | None = None, name: str = "top_down") -> None:
        grammar = puzzle_grammar(problem)
        given = weights or {}
        self.pcfg = Pcfg(grammar, {p: given.get(p.template, 0.5 ** (p.cost - 1)) for p in grammar.productions})
        self._trees = by_probability(self.pcfg)
        parameters = problem.signature.parameters
        shown = ", ".join(f"{p.name}={p.default}" if p.default else p.name for p in parameters)
        self._head, self._name = f"def {problem.entry}({shown}):\n    return ", name

    def ask(self, k: int) -> list[Candidate]:
        """The next ``k`` programs; fewer when the grammar is exhausted. ``prior`` is the logarithm of the chance."""
        return [self._candidate(tree) for tree in itertools.islice(self._trees, k)]

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Ignored: chances change between problems, not within one."""

    def _candidate(self, tree: Tree) -> Candidate:
        templates = [production.template for production in tree.productions()]
        prior = self.pcfg.log_probability(tree)
        assert math.isfinite(prior)
        return Candidate(
            f"{self._head}{tree.source()}\n", prior=prior, proposer=self._name, meta={"productions": templates}
        )


def puzzle_grammar(problem: Problem) -> Grammar:
    """The typed grammar of a puzzle's answers: its other parameters, its constants, and every operator on their types.

    Raises:
        BadInput: The problem has no verifier, or nothing of its answer's type can be written.
    """
    expects = [t.expect for t in problem.tests if isinstance(t, CallTest) and isinstance(t.expect, Satisfies)]
    if not expects:
        raise BadInput(f"puzzle_grammar: problem {problem.id} has no verifier; only puzzles have this grammar")
    goal = expects[0].type.replace("List", "list").replace(" ", "")
    defaults = dict(problem.meta.get("defaults", {}))
    leaves = [(type_of(value), name, 1) for name, value in defaults.items() if type_of(value)]
    for constant in puzzle_constants(expects[0].code, defaults, problem.statement):
        kind = constant.type or type_of(constant.value)
        leaves.append((kind, repr(constant.value), constant.cost))
        short = {"int": "k", "str": "sep"}.get(kind)
        if short and constant.cost <= 2 and (short == "sep" or abs(constant.value) <= 20):
            leaves.append((short, repr(constant.value), constant.cost))
    kinds = related_types({goal, *(kind for kind, source, _ in leaves if source in defaults)})
    made = {Production(kind, _escaped(source), (), cost) for kind, source, cost in leaves if kind in kinds}
    for operator in operators():
        if kinds.issuperset((*operator.takes, operator.gives)) and not template_names(operator.template) & set(
            defaults
        ):
            slots = [
                f"({{{i}}})" if need else f"{{{i}}}" for i, need in enumerate(_needs(operator.needs, operator.takes))
            ]
            source = operator.template.format(*slots)
            made.add(Production(operator.gives, source, operator.takes, operator.cost))
    try:
        return Grammar(goal, tuple(sorted(made, key=lambda p: (p.cost, p.template, p.gives, p.takes))))
    except BadInput as error:
        raise BadInput(
            f"puzzle_grammar: problem {problem.id}: no answer of type {goal} can be written: {error}"
        ) from None


def _needs(needs: tuple[int, ...], takes: tuple[str, ...]) -> list[bool]:
    """Which arguments are put in parentheses: those that must bind tightly and are no plain literals."""
    padded = needs + (0,) * (len(takes) - len(needs))
    return [need > 0 and kind not in ("k", "sep") for need, kind in zip(padded, takes, strict=True)]


def _escaped(source: str) -> str:
    return source.replace("{", "{{").replace("}", "}}")
