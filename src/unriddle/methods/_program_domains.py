"""Three small families of programs to infer from noisy examples: arithmetic, lists, regular expressions.

Every operator is written here, so programs are evaluated in process. Chances of productions were set by hand, before
anything was measured, and are the same for drawing problems and for solving them.
Not covered: variables other than the input, loops.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unriddle.grammar.cfg import Grammar, Production, Tree
from unriddle.grammar.pcfg import Pcfg
from unriddle.language.regex import Strings, full_match, parse_regex
from unriddle.methods._regex_domain import draw_string, near_miss

__all__ = ["ARITHMETIC", "DOMAINS", "LISTS", "REGEXES", "Domain", "NoisyTask", "fit_for_task", "noisy_task"]

Values = tuple[Hashable, ...]
_LARGEST = 10**6


@dataclass(frozen=True, slots=True)
class Domain:
    """A family of programs.

    Attributes:
        name: What it is called.
        pcfg: Grammar and prior.
        evaluate: ``(tree, inputs) -> values``.
        inputs: ``(tree, n, rng) -> n`` inputs that are fair to ask about a program.
        wrong: ``(value, rng) -> another value``: what a wrong example shows.
        wrong_chance: ``(value, shown) -> chance`` that a wrong example of the value shows just this.
        n_other: How many wrong values a likelihood reckons with that only knows right from wrong.
        source: Makes a Python program of a tree's text.
    """

    name: str
    pcfg: Pcfg
    evaluate: Callable[[Tree, Sequence[Any]], Values]
    inputs: Callable[[Tree, int, np.random.Generator], list[Any]]
    wrong: Callable[[Hashable, np.random.Generator], Hashable]
    wrong_chance: Callable[[Any, Any], float]
    n_other: int
    source: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class NoisyTask:
    """A program to be found, examples of which some are wrong, and inputs it is asked about.

    Attributes:
        tree: The program.
        inputs: ``(m,)`` inputs of the examples.
        shown: ``(m,)`` values of the examples.
        asked: Other inputs.
        truth: The program's values there.
    """

    tree: Tree
    inputs: tuple[Any, ...]
    shown: Values
    asked: tuple[Any, ...]
    truth: Values


def noisy_task(
    domain: Domain,
    *,
    rng: np.random.Generator,
    n_examples: int,
    noise: float,
    n_asked: int = 20,
    max_size: int = 30,
    apart: bool = False,
) -> NoisyTask:
    """A program drawn from the prior that is fit for a task, with examples.

    Args:
        domain: Where it is from.
        rng: Where chance comes from.
        n_examples: Examples shown.
        noise: Chance that an example is wrong.
        n_asked: Further inputs.
        max_size: Most productions of a program.
        apart: Inputs are made for other programs of the prior, each for one of its own, so that they tell nothing about
            this one.
    """
    n = n_examples + n_asked
    while True:
        tree = domain.pcfg.sample(1, rng=rng, max_size=max_size)[0]
        others = domain.pcfg.sample(n, rng=rng, max_size=max_size) if apart else []
        inputs = [domain.inputs(other, 1, rng)[0] for other in others] or domain.inputs(tree, n, rng)
        values = domain.evaluate(tree, inputs)
        if fit_for_task(tree, values[:n_examples]):
            break
    shown = tuple(domain.wrong(v, rng) if rng.random() < noise else v for v in values[:n_examples])
    return NoisyTask(tree, tuple(inputs[:n_examples]), shown, tuple(inputs[n_examples:]), values[n_examples:])


def fit_for_task(tree: Tree, values: Values) -> bool:
    """Whether a program may be a task: three productions or more, and not one value for all examples."""
    return tree.size >= 3 and len(set(values)) > 1


def _grammar(start: str, table: Mapping[str, Sequence[tuple[str, tuple[str, ...], float]]]) -> Pcfg:
    weights = {
        Production(name, template, takes): weight for name, rows in table.items() for template, takes, weight in rows
    }
    return Pcfg(Grammar(start, tuple(weights)), weights)


_NUMBER = ("n", "n")
ARITHMETIC_PCFG = _grammar(
    "n",
    {
        "n": [
            ("x", (), 4), ("1", (), 1), ("2", (), 1), ("3", (), 1), ("5", (), 0.5), ("({0} + {1})", _NUMBER, 1),
            ("({0} - {1})", _NUMBER, 0.7), ("({0} * {1})", _NUMBER, 1), ("abs({0})", ("n",), 0.3),
            ("max({0}, {1})", _NUMBER, 0.5), ("({1} if {0} > 0 else {2})", ("n", "n", "n"), 0.3),
        ],
    },
)  # fmt: skip

_NUMBERS: dict[str, Callable[..., int]] = {
    "({0} + {1})": lambda a, b: a + b,
    "({0} - {1})": lambda a, b: a - b,
    "({0} * {1})": lambda a, b: a * b,
    "abs({0})": abs,
    "max({0}, {1})": max,
    "({1} if {0} > 0 else {2})": lambda test, yes, no: yes if test > 0 else no,
}


def _number(tree: Tree, x: int) -> int:
    template = tree.production.template
    if not tree.parts:
        return x if template == "x" else int(template)
    value = _NUMBERS[template](*(_number(part, x) for part in tree.parts))
    return max(-_LARGEST, min(_LARGEST, value))


_LIST, _K = ("l",), ("l", "k")
LISTS_PCFG = _grammar(
    "l",
    {
        "l": [
            ("xs", (), 4), ("{0}[::-1]", _LIST, 0.7), ("sorted({0})", _LIST, 0.7), ("{0}[1:]", _LIST, 0.7),
            ("{0}[:-1]", _LIST, 0.5), ("[x + {1} for x in {0}]", _K, 0.7), ("[x * {1} for x in {0}]", _K, 0.7),
            ("[x for x in {0} if x > {1}]", _K, 0.5), ("[x for x in {0} if x % 2 == 0]", _LIST, 0.5),
            ("[x for x in {0} if x % 2]", _LIST, 0.5),
        ],
        "k": [("1", (), 1), ("2", (), 1), ("3", (), 1), ("(-1)", (), 1), ("5", (), 0.5)],
    },
)  # fmt: skip

_LISTS: dict[str, Callable[..., tuple[int, ...]]] = {
    "{0}[::-1]": lambda xs: xs[::-1],
    "sorted({0})": lambda xs: tuple(sorted(xs)),
    "{0}[1:]": lambda xs: xs[1:],
    "{0}[:-1]": lambda xs: xs[:-1],
    "[x + {1} for x in {0}]": lambda xs, k: tuple(x + k for x in xs),
    "[x * {1} for x in {0}]": lambda xs, k: tuple(x * k for x in xs),
    "[x for x in {0} if x > {1}]": lambda xs, k: tuple(x for x in xs if x > k),
    "[x for x in {0} if x % 2 == 0]": lambda xs: tuple(x for x in xs if x % 2 == 0),
    "[x for x in {0} if x % 2]": lambda xs: tuple(x for x in xs if x % 2),
}


def _list(tree: Tree, xs: tuple[int, ...]) -> tuple[int, ...]:
    template = tree.production.template
    if template == "xs":
        return xs
    constants = [int(part.source().strip("()")) for part in tree.parts[1:]]
    return _LISTS[template](_list(tree.parts[0], xs), *constants)


REGEXES_PCFG = _grammar(
    "r",
    {
        "r": [("{0}", ("p",), 1), ("{0}{1}", ("p", "r"), 1.5)],
        "p": [
            ("{0}", ("c",), 3), ("{0}?", ("c",), 1), ("{0}+", ("c",), 2), ("{0}{{2}}", ("c",), 1),
            ("{0}{{3}}", ("c",), 0.7), ("{0}{{1,3}}", ("c",), 0.7), ("({0}|{1})", ("c", "c"), 0.5),
        ],
        "c": [
            ("[0-9]", (), 2), ("[a-z]", (), 2), ("[A-Z]", (), 1.5), ("[a-zA-Z]", (), 1), ("[a-z0-9]", (), 1),
            ("[abc]", (), 0.5), ("[01]", (), 0.5), (r"\-", (), 0.5), ("_", (), 0.5), (r"\.", (), 0.5), ("a", (), 0.3),
        ],
    },
)  # fmt: skip


def _accepts(tree: Tree, texts: Sequence[str]) -> Values:
    strings = texts if isinstance(texts, Strings) else Strings.of(texts)
    return tuple(full_match(parse_regex(tree.source()), strings).tolist())


def _numbers(tree: Tree, n: int, rng: np.random.Generator) -> list[int]:
    return [int(x) for x in rng.integers(-9, 10, n)]


def _number_lists(tree: Tree, n: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    return [tuple(int(x) for x in rng.integers(-9, 10, int(rng.integers(2, 7)))) for _ in range(n)]


def _strings(tree: Tree, n: int, rng: np.random.Generator) -> list[str]:
    """Half of them accepted, half of them near misses, in any order."""
    regex = parse_regex(tree.source())
    made = [draw_string(regex, rng)[:15] for _ in range(n)]
    return [near_miss(text, rng) if rng.random() < 0.5 else text for text in made]


def _wrong_number(value: Any, rng: np.random.Generator) -> int:
    return int(value) + int(rng.choice([-3, -2, -1, 1, 2, 3]))


def _wrong_number_chance(value: int, shown: int) -> float:
    return 1 / 6 if 0 < abs(value - shown) <= 3 else 0.0


def _wrong_list_chance(value: tuple[int, ...], shown: tuple[int, ...]) -> float:
    if len(shown) == len(value) + 1:
        return (0.3 if value else 1.0) / 19 if shown[:-1] == value else 0.0
    changed = [_wrong_number_chance(a, b) for a, b in zip(value, shown, strict=False) if a != b]
    return 0.7 * changed[0] / len(value) if len(changed) == 1 and len(shown) == len(value) else 0.0


def _wrong_list(value: Any, rng: np.random.Generator) -> tuple[int, ...]:
    if not value or rng.random() < 0.3:
        return (*value, int(rng.integers(-9, 10)))
    place = int(rng.integers(len(value)))
    return (*value[:place], _wrong_number(value[place], rng), *value[place + 1 :])


ARITHMETIC = Domain(
    "arithmetic", ARITHMETIC_PCFG, lambda tree, xs: tuple(_number(tree, x) for x in xs), _numbers, _wrong_number,
    _wrong_number_chance, 6,
    lambda text: f"def f(x):\n    return {text}\n",
)  # fmt: skip
LISTS = Domain(
    "lists", LISTS_PCFG, lambda tree, inputs: tuple(_list(tree, tuple(xs)) for xs in inputs), _number_lists,
    _wrong_list, _wrong_list_chance, 20, lambda text: f"def f(xs):\n    return {text}\n",
)  # fmt: skip
REGEXES = Domain(
    "regexes", REGEXES_PCFG, _accepts, _strings, lambda value, rng: not value,
    lambda value, shown: 1.0, 1,
    lambda text: f"import re\n\n\ndef f(s):\n    return re.fullmatch({text!r}, s) is not None\n",
)  # fmt: skip
DOMAINS = (ARITHMETIC, LISTS, REGEXES)
