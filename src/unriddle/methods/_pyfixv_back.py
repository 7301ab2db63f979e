"""A second repairer that is told what is wrong and sees only the broken program: the check of an explanation.

It reads the sentence, makes every edit that the sentence allows, and draws among them by a model of code of its own
(read backwards, fitted on other programs); it does not know where the parser or the first repairer looked. Part of
``unriddle.methods.pyfixv``. Not covered: explanations in words of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unriddle.language.syntax_error import SyntaxProblem, same_program
from unriddle.methods._pyfixv_words import Told, read_explanation
from unriddle.propose.syntax_edits import Edit, Scene, apply
from unriddle.propose.syntax_repair import edits_of
from unriddle.propose.token_model import TokenModel

__all__ = ["Choices", "agreement", "redo", "redone"]


Choices = dict[tuple[str, int], list[tuple[float, str]]]
"""Text and number of the sentence -> score and text of every edit that the sentence allows."""


def agreement(
    buggy: str,
    fixed: str,
    explanation: str,
    *,
    tokens: TokenModel,
    rng: np.random.Generator,
    n: int = 10,
    temperature: float = 0.5,
    choices: Choices | None = None,
) -> int:
    """How many of ``n`` repairs made from the explanation alone are the same program as ``fixed``.

    Args:
        buggy: The broken program.
        fixed: The repair that is explained.
        explanation: Sentences of ``_pyfixv_words.explanation``.
        tokens: The second repairer's model.
        rng: Draws its edits.
        n: Repairs.
        temperature: 0 takes the likeliest edit each time.
        choices: Filled with the edits that were found, to be given again with another temperature.
    """
    drawn: dict[str, bool] = {}
    count = 0
    for text in redone(buggy, explanation, tokens=tokens, rng=rng, n=n, temperature=temperature, choices=choices):
        if text not in drawn:
            drawn[text] = same_program(text, fixed)
        count += drawn[text]
    return count


def redone(
    buggy: str,
    explanation: str,
    *,
    tokens: TokenModel,
    rng: np.random.Generator,
    n: int,
    temperature: float,
    choices: Choices | None = None,
) -> list[str]:
    """``n`` programs made from the broken one as the explanation says; fewer where it says nothing that can be done."""
    told = read_explanation(explanation)
    choices = {} if choices is None else choices
    texts = []
    for _ in range(n if told else 0):
        text: str | None = buggy
        for k, one in enumerate(told):
            key = (text or "", k)
            if key not in choices:
                choices[key] = redo(text or "", one, tokens=tokens)
            text = _draw(choices[key], rng, temperature)
            if text is None:
                break
        if text is not None:
            texts.append(text)
    return texts


def _draw(choices: list[tuple[float, str]], rng: np.random.Generator, temperature: float) -> str | None:
    if not choices:
        return None
    scores = np.array([score for score, _ in choices])
    if temperature <= 0:
        return choices[int(scores.argmax())][1]
    weight = np.exp((scores - scores.max()) / temperature)
    return choices[int(rng.choice(len(choices), p=weight / weight.sum()))][1]


def redo(source: str, told: Told, *, tokens: TokenModel) -> list[tuple[float, str]]:
    """Score and text of every edit that one sentence allows."""
    problem = SyntaxProblem("", told.line, 0, told.line)
    scene = Scene(source, problem, tokens, at=told.line)
    if told.line not in scene.rows:
        return []
    found: dict[str, float] = {}
    for edit in _allowed(scene, told):
        text = apply(source, edit)
        found[text] = max(edit.gain, found.get(text, -np.inf))
    return [(score, text) for text, score in found.items()]


def _allowed(scene: Scene, told: Told) -> Iterator[Edit]:
    for edit in edits_of(scene):
        action = edit.kind.split()[0]
        if edit.line != told.line and told.action != "braces":
            continue
        if told.action == "body":
            fits = edit.kind == "insert body"
        elif told.action == "indent":
            block = edit.kind.endswith("block")
            fits = action == "indent" and edit.new == told.new and block == (told.old == "block")
        elif told.action in ("tabs", "call", "braces"):
            fits = action == told.action and told.new in ("", edit.new)
        elif told.action == "insert":
            fits = action == "insert" and edit.new == told.new and (edit.place == "end") >= (told.where == "end")
        elif told.action == "delete":
            fits = action == "delete" and " ".join(edit.old.split())[:40] == told.old
        else:
            fits = " ".join(edit.old.split())[:40] == told.old and edit.new == told.new
        if fits:
            yield edit
