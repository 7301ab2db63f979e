"""The values each variable took, and states that only one of two runs reached (Mokav's unique states)."""

from __future__ import annotations

from unriddle.execute.trace.model import Trace

__all__ = ["line_values", "unique_states", "value_sets"]


def value_sets(trace: Trace, *, longest: int = 50) -> dict[str, tuple[str, ...]]:
    """The values of each variable as text, over all calls, both in order of first appearance.

    Args:
        trace: A trace with writes.
        longest: Values of this many characters or more are left out, as Mokav does.
    """
    found: dict[str, dict[str, None]] = {}
    for event in trace.events:
        for name, text in event.changed:
            if text is not None and len(text) < longest:
                found.setdefault(name, {})[text] = None
    return {name: tuple(values) for name, values in found.items()}


def unique_states(
    trace_p: Trace, trace_q: Trace, *, longest: int = 50
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """States ``(variable, value)`` that only the first, and that only the second run reached.

    Only variables that both runs have count. Order is that of first appearance, so the first of each list is the one
    that Mokav puts into its prompt.
    """
    p, q = value_sets(trace_p, longest=longest), value_sets(trace_q, longest=longest)

    def only(a: dict[str, tuple[str, ...]], b: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
        return [(name, text) for name, texts in a.items() if name in b for text in texts if text not in b[name]]

    return only(p, q), only(q, p)


def line_values(trace: Trace) -> dict[tuple[str, int], list[tuple[tuple[str, str | None], ...]]]:
    """What each execution of a line changed, by function and line, in order: one entry per execution."""
    found: dict[tuple[str, int], list[tuple[tuple[str, str | None], ...]]] = {}
    for event in trace.events:
        if event.kind == "line":
            found.setdefault((trace.name(event.call), event.line), []).append(event.changed)
    return found
