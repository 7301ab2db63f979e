"""extract(): a whole program out of whatever a language model wrote. Nothing is executed here.

Not covered: judging whether the program is any good; text without any code gives a program that fails to load,
which is a verdict like every other.
"""

from __future__ import annotations

import ast
import re
from typing import Literal

from unriddle.language.truncate import parse, readable_lines, source_lines
from unriddle.problem import Problem
from unriddle.prompt.continuation import continue_stub
from unriddle.prompt.fences import Block, fenced_blocks
from unriddle.prompt.nursery import END, read_program
from unriddle.prompt.stub import body_indent, preamble, stub_text

__all__ = ["Style", "extract", "stop_strings"]

Style = Literal["completion", "chat", "few_shot", "nursery"]
"""How the model was asked: to continue the stub, to answer a chat, after worked examples, or as the nursery asks."""

_PYTHON = ("", "python", "py", "python3")
_CODE_LINE = re.compile(r"^(import |from \w|def |class |async def |@\w|[A-Za-z_]\w* *(:[^=]+)?= *\S)")
_MARKERS = ("[DONE]", "[/PYTHON]", "<|im_end|>", "<|endoftext|>", "</code>")


def stop_strings(*, style: Style, end: str = "[DONE]") -> tuple[str, ...]:
    """Strings that end a completion of this style, for ``SampleOptions.stop``.

    A chat ends where a block is closed and an empty line follows, so that no tokens go into talk after the program.

    >>> stop_strings(style="few_shot")
    ('[DONE]',)
    """
    if style == "completion":
        return ("\ndef ", "\nclass ", "\nif __name__", "\nprint(", "\nassert ", "\n```", "\n>>>")
    if style == "nursery":
        return (END,)
    return (end,) if style == "few_shot" else ("\n```\n\n",)


def extract(completion_text: str, problem: Problem, *, style: Style = "chat") -> str:
    """The whole program a completion stands for, with the problem's ``context`` and missing preamble before it.

    In order: a fenced block (the one that defines the entry point, else the last one), bare code that defines the
    entry point, and for everything else a continuation of the stub. A truncated tail is cut at the last complete
    statement. Never raises and never executes anything.

    Args:
        completion_text: What the model wrote.
        problem: Says the entry point, the stub and the context.
        style: How the model was asked; it decides how code without a fence is read.
    """
    if style == "nursery":
        return read_program(completion_text, problem)
    text = completion_text.replace("\r\n", "\n")
    body = _fenced(text, problem, style=style)
    if body is None:
        body = _bare(text, problem, style=style)
    return _with_context(body, problem)


def _fenced(text: str, problem: Problem, *, style: Style) -> str | None:
    """The program in the text's fences, or ``None`` where they hold none."""
    blocks = [block for block in fenced_blocks(text) if block.code.strip()]
    if not blocks:
        return None
    defining = [block for block in blocks if _defines(block.code, problem.entry)]
    if defining:
        readable = [block for block in defining if parse(block.code) is not None]
        return _with_preamble(_whole((readable or defining)[0]), problem)
    before = text.partition("```")[0]
    closing = not before.strip() and not blocks[0].language and not blocks[0].closed
    if style == "completion" and (before.strip() or closing):
        return None
    last = ([block for block in blocks if block.language in _PYTHON] or blocks)[-1]
    if last.code[:1] in (" ", "\t") or _is_body(last.code):
        return continue_stub(stub_text(problem), last.code, indent=body_indent(problem))
    return _with_preamble(_whole(last), problem)


def _whole(block: Block) -> str:
    return block.code if block.closed else _complete(_unmarked(block.code))


def _unmarked(text: str) -> str:
    """The text up to the first marker that says that the answer is over."""
    text = text.removeprefix("[BEGIN]").removeprefix("[PYTHON]")
    ends = [at for at in (text.find(marker) for marker in _MARKERS) if at >= 0]
    return text[: min(ends, default=len(text))]


def _bare(text: str, problem: Problem, *, style: Style) -> str:
    """The program in a text without fences."""
    text = _unmarked(text)
    start = _start(text, problem)
    if start is not None:
        return _with_preamble(_complete(text[start:].partition("\n```")[0]), problem)
    text = ("\n" + text).partition("\n```")[0].removeprefix("\n")
    if style == "few_shot" and parse(text) is not None and not _is_body(text):
        return _with_preamble(text.strip("\n") + "\n", problem)
    return continue_stub(stub_text(problem), text, indent=body_indent(problem))


def _start(text: str, problem: Problem) -> int | None:
    """Where bare code that defines the entry point begins; ``None`` when it does not define it."""
    entry = re.search(rf"^(async def|def|class) {re.escape(problem.entry)}\b", text, re.MULTILINE)
    if not entry:
        return None
    offset = 0
    for line in text[: entry.start()].splitlines(keepends=True):
        if _CODE_LINE.match(line) and parse(text[offset : entry.start()].rstrip("\n@")) is not None:
            return offset
        offset += len(line)
    return entry.start()


def _complete(source: str) -> str:
    """The source up to its last complete statement; the source itself when no part of it is readable."""
    lines = source_lines(source.rstrip() + "\n")
    kept = "".join(lines[: readable_lines("".join(lines))]).rstrip()
    return kept + "\n" if kept else source


def _defines(source: str, entry: str) -> bool:
    return re.search(rf"^(async def|def|class) {re.escape(entry)}\b", source, re.MULTILINE) is not None


def _is_body(source: str) -> bool:
    """Whether the code only makes sense inside a function: it returns at the top level."""
    tree = parse(source)
    return tree is not None and any(isinstance(node, ast.Return) for node in tree.body)


def _with_preamble(program: str, problem: Problem) -> str:
    """The program with the stub's imports and helpers before it, as far as it does not bring its own."""
    tree, own = parse(preamble(problem)), parse(program)
    if tree is None or own is None:
        return program
    bound = set().union(*(_names(node) for node in own.body))
    wanted = [
        ast.get_source_segment(preamble(problem), node) or ""
        for node in tree.body
        if not (_names(node) and _names(node) <= bound) and not _is_future(node)
    ]
    return "\n".join(filter(None, wanted)) + "\n\n\n" + program if any(wanted) else program


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _names(node: ast.stmt) -> set[str]:
    """The names a top-level statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _with_context(program: str, problem: Problem) -> str:
    context = problem.context.strip("\n")
    if not context or program.startswith(context):
        return program
    return f"{context}\n\n\n{program}"
