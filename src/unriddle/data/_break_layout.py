"""Mistakes in brackets, quotes and indentation that beginners make.

Part of ``unriddle.data.syntax_breaks``. Not covered: mistakes that still compile.
"""

from __future__ import annotations

from unriddle.data._break_words import Sites, Text

__all__ = ["LAYOUT"]


def _missing_close(text: Text) -> Sites:
    for token in text.tokens:
        if token.text in (")", "]", "}"):
            yield ((token.start, token.end, ""),)


def _missing_open(text: Text) -> Sites:
    for i, token in enumerate(text.tokens):
        if token.text in ("(", "[", "{"):
            word = i and text.tokens[i - 1].end == token.start and text.tokens[i - 1].kind in ("name", "keyword")
            yield ((token.start, token.end, " " if word else ""),)


def _extra_close(text: Text) -> Sites:
    for token in text.tokens:
        if token.text in (")", "]", "}"):
            yield ((token.end, token.end, token.text),)


def _wrong_close(text: Text) -> Sites:
    for token in text.tokens:
        for other in (")", "]", "}") if token.text in (")", "]", "}") else ():
            if other != token.text:
                yield ((token.start, token.end, other),)


def _plain_texts(text: Text) -> list[tuple[int, int]]:
    """Where short texts on one line begin (at the mark) and end."""
    found = []
    for token in text.tokens:
        body = token.text.lstrip("rRbBuUfF")
        if token.kind == "string" and body[:3] not in ("'''", '"""') and len(body) > 2:
            found.append((token.end - len(body), token.end))
    return found


def _missing_end_quote(text: Text) -> Sites:
    for _, end in _plain_texts(text):
        yield ((end - 1, end, ""),)


def _missing_start_quote(text: Text) -> Sites:
    for start, _ in _plain_texts(text):
        yield ((start, start + 1, ""),)


def _mixed_quotes(text: Text) -> Sites:
    for start, end in _plain_texts(text):
        other = '"' if text.source[start] == "'" else "'"
        if other not in text.source[start:end]:
            yield ((end - 1, end, other),)
            yield ((start, start + 1, other),)


def _curly_quotes(text: Text) -> Sites:
    for start, end in _plain_texts(text):
        first, last = "“”" if text.source[start] == '"' else "‘’"
        yield ((start, start + 1, first), (end - 1, end, last))


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _bodies(text: Text) -> list[list[int]]:
    """Lines (from 0) of the body of each block."""
    found = []
    for tokens, colon in text.heads():
        outer, body = _indent_of(text.lines[tokens[0].line - 1]), []
        for n in range(colon.line, len(text.lines)):
            line = text.lines[n]
            if line.strip():
                if _indent_of(line) <= outer:
                    break
                body.append(n)
        found.append(body)
    return [body for body in found if body]


def _missing_indent(text: Text) -> Sites:
    for tokens, colon in text.heads():
        outer = _indent_of(text.lines[tokens[0].line - 1])
        body = next((b for b in _bodies(text) if b[0] >= colon.line), [])
        if body and body[0] == colon.line:
            for lines in (body[:1], body):
                by = _indent_of(text.lines[body[0]]) - outer
                yield tuple((text.starts[n], text.starts[n] + min(by, _indent_of(text.lines[n])), "") for n in lines)


def _extra_indent(text: Text) -> Sites:
    for body in _bodies(text):
        for n in body[1:]:
            if n + 1 in text.rows:
                for by in (1, 2, 4):
                    yield ((text.starts[n], text.starts[n], " " * by),)


def _uneven_dedent(text: Text) -> Sites:
    for body in _bodies(text):
        for n in body[1:]:
            if n + 1 in text.rows and _indent_of(text.lines[n]):
                for by in (1, 2):
                    yield ((text.starts[n], text.starts[n] + by, ""),)


def _tabs(text: Text) -> Sites:
    for body in _bodies(text):
        for n in body:
            width = _indent_of(text.lines[n])
            if n + 1 in text.rows and width and width % 4 == 0:
                yield ((text.starts[n], text.starts[n] + width, "\t" * (width // 4)),)


def _outside(text: Text) -> Sites:
    """The last lines of a function at the margin."""
    for body in _bodies(text):
        last = body[-1]
        if last + 1 in text.rows and text.tokens[text.rows[last + 1][0]].text in ("return", "break", "continue"):
            yield ((text.starts[last], text.starts[last] + _indent_of(text.lines[last]), ""),)


def _empty_body(text: Text) -> Sites:
    for body in _bodies(text):
        if len(body) == 1 and text.lines[body[0]].strip() == "pass":
            yield ((text.starts[body[0]], text.starts[body[0] + 1], ""),)


def _braces(text: Text) -> Sites:
    for body in _bodies(text):
        head = body[0]
        colon = max((t for t in text.tokens if t.line <= head and t.text == ":"), key=lambda t: t.start, default=None)
        if colon is not None and colon.line == head:
            start = text.lines[colon.line - 1]
            close = "\n" + " " * _indent_of(start) + "}"
            end = text.starts[body[-1]] + len(text.lines[body[-1]])
            yield ((colon.start, colon.end, " {"), (end, end, close))


LAYOUT = {
    "missing_close": _missing_close,
    "missing_open": _missing_open,
    "extra_close": _extra_close,
    "wrong_close": _wrong_close,
    "missing_end_quote": _missing_end_quote,
    "missing_start_quote": _missing_start_quote,
    "mixed_quotes": _mixed_quotes,
    "curly_quotes": _curly_quotes,
    "missing_indent": _missing_indent,
    "extra_indent": _extra_indent,
    "uneven_dedent": _uneven_dedent,
    "tabs": _tabs,
    "outside": _outside,
    "empty_body": _empty_body,
    "braces": _braces,
}
"""Name of the mistake -> every way to make it in a program."""
