"""Joining a continuation to the stub it continues: indentation repair and where to stop.

Not covered: continuations that put helpers after the entry point; they are cut, as the field's stop strings do.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from unriddle.language.truncate import parse, readable_lines, source_lines

__all__ = ["continue_stub"]

_STOPS = re.compile(r"^(def |class |async def |if __name__|print\(|assert |import |from |@|```|#|>>>|</?\w+>)")
_MAX_CUTS = 64


def continue_stub(stub: str, text: str, *, indent: str) -> str:
    """The stub with the continuation under it, as far as it is readable; the last resort is both as they are.

    Args:
        stub: Text that ends inside the entry point, after its ``def`` line or docstring.
        text: What a language model wrote next.
        indent: Blanks before the body's first statement.
    """
    for body in _variants(text, indent):
        kept = _until_top_level(stub, body)
        if kept.strip() and parse(stub + kept) is not None:
            return stub + kept
    for body in _variants(text, indent):
        kept = _longest_readable(stub, _until_top_level(stub, body))
        if kept.strip():
            return stub + kept
    return stub + next(_variants(text, indent), text)


def _variants(text: str, indent: str) -> Iterator[str]:
    """Readings of the text as a function body, the most literal first."""
    lines = text.replace("\r\n", "\n").strip("\n").rstrip().split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    if not lines:
        return
    first, rest = lines[0], lines[1:]
    as_is = "\n".join(lines) + "\n"
    tail = []
    for line in rest:
        if _STOPS.match(line):
            break
        tail.append(line)
    deep = all(line.startswith(indent) or not line.strip() for line in tail)
    first_only = "\n".join([indent + first.lstrip(), *rest]) + "\n"
    if first[:1] in (" ", "\t"):
        yield as_is
        if deep:
            yield first_only
    elif deep:
        yield first_only
    shallow = textwrap.dedent("\n".join([first, *tail])).expandtabs(4)
    yield textwrap.indent(shallow, indent) + "\n"
    whole = textwrap.dedent("\n".join([first.lstrip(), textwrap.dedent("\n".join(tail))])).expandtabs(4)
    yield textwrap.indent(whole, indent) + "\n"


def _until_top_level(stub: str, body: str) -> str:
    """The body up to the first line at column 0 that does not belong to an open bracket or string."""
    lines, cuts = body.split("\n"), 0
    for i, line in enumerate(lines):
        if not line or line[0] in " \t":
            continue
        if line.startswith("#") and any(later[:1] in (" ", "\t") for later in lines[i + 1 : i + 2]):
            continue
        before = "\n".join(lines[:i])
        cuts += 1
        if cuts > _MAX_CUTS or parse(stub + before + "\n") is not None:
            return before.rstrip() + "\n" if before.strip() else ""
    return body


def _longest_readable(stub: str, body: str) -> str:
    """The longest run of whole lines from the top of the body that makes the stub readable Python."""
    lines = source_lines(stub + body.rstrip() + "\n")
    return "".join(lines[stub.count("\n") : readable_lines("".join(lines))])
