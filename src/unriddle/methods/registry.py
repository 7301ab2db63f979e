"""Which methods there are and what they say of themselves, read without importing any of them.

The first line of a method's docstring is ``Lastname YEAR: Title.``, the first paragraph after it is the summary.
Not covered: what a method measured (``unriddle.lab.run.load_recorded``).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from unriddle.errors import BadInput

__all__ = ["METHODS", "MethodInfo", "describe"]

METHODS = {
    "pragmatic_examples": "unriddle.methods.pragmatic_examples",
    "lpw": "unriddle.methods.lpw",
    "cogex": "unriddle.methods.cogex",
    "cat_lm": "unriddle.methods.cat_lm",
    "program_synthesis_llm": "unriddle.methods.program_synthesis_llm",
    "alphacode": "unriddle.methods.alphacode",
    "pac_prediction_sets": "unriddle.methods.pac_prediction_sets",
    "codet": "unriddle.methods.codet",
    "mokav": "unriddle.methods.mokav",
    "chain_of_code": "unriddle.methods.chain_of_code",
    "large_language_monkeys": "unriddle.methods.large_language_monkeys",
    "scaling_flaws": "unriddle.methods.scaling_flaws",
    "evalplus": "unriddle.methods.evalplus",
    "self_debug": "unriddle.methods.self_debug",
    "ldb": "unriddle.methods.ldb",
    "validated_inference": "unriddle.methods.validated_inference",
    "lion_discovery": "unriddle.methods.lion_discovery",
    "active_learning": "unriddle.methods.active_learning",
    "pyfixv": "unriddle.methods.pyfixv",
    "wasm_probes": "unriddle.methods.wasm_probes",
    "b4": "unriddle.methods.b4",
    "abstention": "unriddle.methods.abstention",
    "programming_puzzles": "unriddle.methods.programming_puzzles",
}
"""Name -> module, in the order of the paper cards."""

_CITATION = re.compile(r"^(?P<author>\S.*?) (?P<year>\d{4}): (?P<title>.+?)\.?$")


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """What a method's docstring says.

    Attributes:
        name: Its name on the command line.
        paper: ``Lastname YEAR: Title``.
        year: Year of the paper.
        module: Where it is.
        summary: What it does, in a sentence or three.
        details: The other paragraphs: what differs, what is expected, what is not covered.
    """

    name: str
    paper: str
    year: int
    module: str
    summary: str
    details: tuple[str, ...]


def describe(name: str) -> MethodInfo:
    """What is known of the method of that name.

    Raises:
        BadInput: There is no such method, or its docstring does not begin with a citation.
    """
    known = name.strip().lower().replace("-", "_")
    if known not in METHODS:
        near = get_close_matches(known, METHODS, n=3, cutoff=0.4) or sorted(METHODS)
        raise BadInput(f"methods: there is no method named {name!r}; did you mean {', '.join(near)}?")
    package, _, stem = METHODS[known].rpartition(".")
    source = (files(package) / f"{stem}.py").read_text(encoding="utf-8")
    return _read(known, source)


def _read(name: str, source: str) -> MethodInfo:
    text = ast.get_docstring(ast.parse(source)) or ""
    first, *paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    citation = _CITATION.match(first)
    if not citation or not paragraphs:
        raise BadInput(
            f"methods: the docstring of {METHODS.get(name, name)} must begin 'Lastname YEAR: Title.' and go on with a "
            f"summary, got {first[:60]!r}"
        )
    return MethodInfo(
        name=name,
        paper=first.rstrip("."),
        year=int(citation["year"]),
        module=METHODS.get(name, name),
        summary=paragraphs[0],
        details=tuple(paragraphs[1:]),
    )
