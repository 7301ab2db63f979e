"""The words of LDB: a failing run shown block by block, the question about it, and the model's verdicts read back.

Not covered: cutting a run into blocks (``unriddle.execute.trace``).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from unriddle.execute.trace import Trace, blocks_text, end_text, outermost
from unriddle.execute.trace.steps import Level, sampled

__all__ = ["MOST", "BlockVerdict", "block_question", "read_block_verdicts", "shown_blocks"]

MOST: dict[Level, int] = {"block": 10, "line": 30, "function": 30}
"""Blocks, lines, or lines of the one block that are shown, half of them from either end."""

_EXAMPLES = (
    '{"block": "BLOCK-0", "correct": true, "explanation": "total starts at 0, as it must for a sum"}',
    '{"block": "BLOCK-1", "correct": false, "explanation": "i = 1 skips the first element, which belongs to the sum"}',
)
_LABELLED = re.compile(r"\[?BLOCK-(\d+)\]?\s*(?:Feedback)?\s*:?\s*\[?\b(CORRECT|INCORRECT|PASS|FAIL|RIGHT|WRONG)\b\]?")
_OBJECT = re.compile(r"\{[^{}]*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BlockVerdict:
    """What the model says of one block: its number, whether it is right, and why."""

    block: int
    correct: bool
    explanation: str = ""


def shown_blocks(trace: Trace, *, level: Level = "block", most: int | None = None, limit: int = 100) -> str:
    """The entry function's run as labelled blocks with values before and after; empty when no line of it ran.

    Args:
        trace: Of the failing call.
        level: What a block is.
        most: How many are shown; of a whole function, how many of its lines. ``MOST[level]`` when ``None``.
        limit: Characters of one line of values.
    """
    if not any(event.kind == "line" for event in trace.events):
        return ""
    most = MOST[level] if most is None else most
    if level != "function":
        return blocks_text(trace, level=level, calls=outermost(trace), most=most, limit=limit)
    lines = blocks_text(trace, level=level, calls=outermost(trace), most=most, limit=limit).splitlines()
    kept = sampled(len(lines), most=most + 3)
    cut = [(i, lines[i]) for i in kept]
    shown: list[str] = []
    for place, (i, line) in enumerate(cut):
        if place and i != cut[place - 1][0] + 1:
            shown.append("...")
        shown.append(line)
    return "\n".join(shown)


def block_question(trace: Trace, failure: str, *, blocks: str) -> str:
    """The one question about all blocks of a failing run.

    Args:
        trace: Of the failing call; says how the run ended.
        failure: The test and what the program did instead.
        blocks: The labelled blocks.
    """
    return (
        f"The program fails this test:\n```python\n{failure}\n```\n\n"
        "This is the run itself, cut into blocks in the order in which they ran. The comment before a block has the "
        "variables as they were before it, the comment behind it as they were afterwards; where many blocks ran, those "
        f"in the middle are left out.\n```\n{blocks}\n# the run {end_text(trace)}\n```\n\n"
        "Go through the blocks one by one. For each of them, compare the values with what the task wants at that "
        "point, and decide whether the block does the right thing. Write one JSON object per block, each on a line of "
        "its own, in this form:\n" + "\n".join(_EXAMPLES)
    )


def read_block_verdicts(text: str) -> list[BlockVerdict]:
    """The verdicts in an answer, by block; of several on one block the last counts.

    JSON objects are read, on one line or several; ``[BLOCK-2] Feedback: INCORRECT ...`` and ``[BLOCK-2] [FAIL]`` are
    too. What cannot be read is left out.

    >>> read_block_verdicts('{"block": "BLOCK-1", "correct": false, "explanation": "off by one"}')
    [BlockVerdict(block=1, correct=False, explanation='off by one')]
    >>> read_block_verdicts("[BLOCK-0] [PASS]\\n[BLOCK-1] Feedback: INCORRECT. It skips one.")[1].correct
    False
    """
    found: dict[int, BlockVerdict] = {}
    for match in _LABELLED.finditer(text):
        rest = text[match.end() :].partition("\n")[0].strip(" .:-")
        found[int(match[1])] = BlockVerdict(int(match[1]), match[2] in ("CORRECT", "PASS", "RIGHT"), rest)
    for match in _OBJECT.finditer(text):
        verdict = _of_json(match[0])
        if verdict is not None:
            found[verdict.block] = verdict
    return [found[block] for block in sorted(found)]


def _of_json(text: str) -> BlockVerdict | None:
    try:
        row = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    number = re.search(r"\d{1,9}", str(row.get("block", "")))
    correct = row.get("correct")
    if isinstance(correct, str):
        correct = {"true": True, "yes": True, "false": False, "no": False}.get(correct.strip().lower())
    if number is None or not isinstance(correct, bool):
        return None
    return BlockVerdict(int(number[0]), correct, str(row.get("explanation", "")))
