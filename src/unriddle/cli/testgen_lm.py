"""The part of ``unriddle testgen`` that a language model has: further tests, kept when they pass and cover more.

Not covered: how they are drawn and filtered (``unriddle.methods.cat_lm``).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unriddle.contracts import Executor

__all__ = ["LMTests", "with_lm_tests"]


@dataclass(frozen=True, slots=True)
class LMTests:
    """What a model added.

    Attributes:
        text: The whole file.
        names: Names of the tests that were added.
        n_drawn: Completions.
        n_distinct: Different tests among them.
    """

    text: str
    names: tuple[str, ...]
    n_drawn: int
    n_distinct: int


def with_lm_tests(
    text: str, source: str, *, lm: str, n: int, module: str, program: str, executor: Executor, seed: int
) -> LMTests:
    """The file with the model's tests behind its own: those that pass twice and take new branches.

    Args:
        text: The file so far; may be empty.
        source: The module's text.
        lm: Name of the language model.
        n: Completions.
        module: Name under which the tests import it.
        program: What the tests run on: the module, or the reference.
        executor: Runs everything.
        seed: Of the draws.

    Raises:
        BadInput: There is no such language model.
        LMError: It cannot answer.
    """
    from unriddle.lm.base import SampleOptions
    from unriddle.lm.names import load
    from unriddle.methods.cat_lm import write_tests

    begun = text or f'"""Tests of {module}."""\n\nimport pytest\n\nfrom {module} import {", ".join(_names(source))}\n'
    options = SampleOptions(temperature=0.8, max_tokens=200, seed=seed)
    made = write_tests(
        program,
        load(lm),
        executor=executor,
        existing_tests=begun,
        mode="extra",
        n=n,
        budget=n,
        module=module,
        options=options,
        max_prompt_tokens=1500,
    )
    used = {node.name for node in ast.walk(ast.parse(begun)) if isinstance(node, ast.FunctionDef)}
    added, names = [], []
    for test in made.tests:
        if test.owner or not test.name:  # methods of classes and bare asserts have no place of their own here
            continue
        name = _free(test.name, used)
        body = test.source.replace(f"def {test.name}(", f"def {name}(", 1)
        added.append(f"# written by {lm}\n{body.strip()}\n")
        names.append(name)
    whole = begun.rstrip("\n") + "\n" + "".join(f"\n\n{part}" for part in added) if added else text
    return LMTests(whole, tuple(names), made.drawn.n_draws, len(made.drawn.tests))


def _names(source: str) -> list[str]:
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [n.name for n in ast.parse(source).body if isinstance(n, kinds) and not n.name.startswith("_")] or ["*"]


def _free(name: str, used: set[str]) -> str:
    found, i = name, 2
    while found in used:
        found, i = f"{name}_{i}", i + 1
    used.add(found)
    return found
