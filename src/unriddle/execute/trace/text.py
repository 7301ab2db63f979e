"""A trace as text: blocks for a prompt in LDB's form, and a listing of events for a terminal."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from unriddle.execute.trace.model import Event, Trace
from unriddle.execute.trace.steps import Level, Step, Values, outermost, sampled, steps
from unriddle.language.blocks import first_line
from unriddle.language.python import parse

__all__ = ["blocks_text", "clip", "end_text", "events_text", "printable"]


def printable(text: str) -> str:
    """The text with what a terminal would obey written as escapes."""
    shown = (c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
    return text if text.isprintable() else "".join(shown)


def clip(text: str, limit: int = 100) -> str:
    """The text, or its first and last halves of ``limit`` characters.

    >>> clip("abcdefghij", 4)
    'ab...ij'
    """
    half = limit // 2
    return text if len(text) <= limit else f"{text[:half]}...{text[len(text) - half :]}"


def end_text(trace: Trace) -> str:
    """How the run ended, in one line."""
    where = f" (line {trace.line})" if trace.line else ""
    match trace.end:
        case "returned":
            return printable(f"returned {trace.value}")
        case "raised":
            return printable(f"raised {trace.error}{where}")
        case "not loaded":
            return printable(f"the program could not be loaded: {trace.error}{where}")
        case "events":
            return "stopped after the most events that were asked for; this is what was seen until then"
        case "bytes":
            return "stopped because the trace grew too long; this is what was seen until then"
        case _:
            why = {
                "time": "ran out of time",
                "memory": "ran out of memory",
                "forbidden": "tried what the sandbox denies",
            }
            reason = why.get(trace.end, "its process ended")
            return printable(f"{reason}{f' ({trace.error})' if trace.error else ''}; this is what was seen until then")


def blocks_text(
    trace: Trace,
    *,
    level: Level = "block",
    calls: Sequence[int] | None = None,
    most: int = 10,
    limit: int = 100,
    changed_only: bool = False,
) -> str:
    """Executed blocks with the values around them, as LDB shows them to a model; no newline at the end.

    Args:
        trace: The trace.
        level: ``block``; ``line`` (LDB takes 30 of them); ``function`` (lines of a call as one block).
        calls: Numbers of calls; ``None`` for the entry function's, as LDB does.
        most: Steps to show, half of them from either end.
        limit: Characters of one line of values; longer ones lose their middle.
        changed_only: Behind a block show only what it changed.
    """
    found = steps(trace, level=level, calls=outermost(trace) if calls is None else calls)
    source = trace.source_lines
    many = len({step.call for step in found}) > 1
    parts = []
    for place in sampled(len(found), most=most):
        step = found[place]
        label = f"[BLOCK-{place}]" + (f" in {trace.name(step.call)}, call {step.call}" if many else "")
        shown = [source[line - 1] for line in _shown_lines(trace, step, level) if line <= len(source)]
        parts.append("\n".join([label, *_block(step, shown, limit, changed_only)]))
    return printable("\n".join(parts))


def _shown_lines(trace: Trace, step: Step, level: Level) -> tuple[int, ...]:
    """The lines of the source that stand for a step: of a block, whole statements and each once."""
    if step.block < 0 or level != "block":
        return step.lines
    lines = trace.scopes[trace.calls[step.call].scope].blocks[step.block].lines
    cut = step.raised or step.returned is not None
    return tuple(line for line in lines if step.lines[0] <= line and not (cut and line > max(step.lines)))


def _block(step: Step, texts: list[str], limit: int, changed_only: bool) -> Iterator[str]:
    margin = next((text[: len(text) - len(text.lstrip())] for text in texts if text.strip()), "")
    yield f"{margin}# {_values(step.before, limit)}".rstrip()
    yield from texts
    after = _values(step.changed if changed_only else step.after, limit)
    if step.returned is not None:
        after = f"{after} _ret={clip(step.returned, limit)}".strip()
    if step.raised:
        after = f"{after} raised {clip(step.raised, limit)}".strip()
    yield f"{margin}# {after}".rstrip()


def _values(values: Values, limit: int) -> str:
    return clip(" ".join(f"{name}={text}" for name, text in values), limit)


def events_text(trace: Trace, *, most: int = 200, limit: int = 100) -> str:
    """The events one per line: line number, source text, what changed; calls are indented below each other.

    Args:
        trace: The trace.
        most: Events to show, half of them from either end.
        limit: Characters of one value.
    """
    source = trace.source_lines
    depths: list[int] = []
    for call in trace.calls:
        depths.append(depths[call.parent] + 1 if 0 <= call.parent < len(depths) else 0)
    width = len(str(max((event.line for event in trace.events), default=0)))
    hidden = _hidden(trace)
    lines, last = [], -1
    for place in sampled(len(trace.events), most=most):
        if place != last + 1:
            lines.append(f"... {place - last - 1} events left out ...")
        event, last = trace.events[place], place
        depth = min(depths[event.call], 40) if event.call >= 0 else 0
        number = str(event.line or "").rjust(width)
        lines.append(f"{number}  {'  ' * depth}{_event(trace, event, source, limit, hidden)}".rstrip())
    return printable("\n".join(lines))


def _hidden(trace: Trace) -> set[int]:
    """Lines of functions that take values of which none was recorded."""
    if any(event.changed for event in trace.events):
        return set()
    nodes = [node for node in ast.walk(parse(trace.source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {first_line(node) for node in nodes if ast.unparse(node.args)}


def _event(trace: Trace, event: Event, source: list[str], limit: int, hidden: set[int]) -> str:
    changed = ", ".join(f"{name} = {clip(text, limit)}" if text is not None else f"{name} is gone"
                        for name, text in event.changed)  # fmt: skip
    match event.kind:
        case "call":
            given = "..." if trace.scopes[trace.calls[event.call].scope].line in hidden else changed
            return f"{'->' if event.how == 'call' else '=>'} {trace.name(event.call)}({given})"
        case "return":
            word = {"return": "returns", "yield": "yields"}.get(event.how, "is left by the exception")
            text = f"<- {trace.name(event.call)} {word} {clip(event.text, limit)}".rstrip()
        case "exception":
            text = f"!! {event.how}: {clip(event.text, limit)}"
        case "print":
            return f"prints {clip(event.text, limit)!r}"
        case _:
            text = source[event.line - 1].strip() if 0 < event.line <= len(source) else ""
    return f"{text}    # {changed}" if changed else text
