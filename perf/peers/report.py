"""From raw observations to outcomes, counts and tables. Pure: no process is started here.

Not covered: why a checker was forged; the property named in each row says what the program does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["BEGIN", "END", "Cell", "Row", "cell", "counts", "markdown", "put_between", "text_table"]

BEGIN, END = "<!-- security table: begin (generated) -->", "<!-- security table: end -->"
FLOOD_BYTES = 1 << 20
FAMILIES = {
    "lies": "Values that lie",
    "exits": "Early exits and signals",
    "patching": "Patching the interpreter",
    "output": "Forged and closed descriptors",
    "reading": "Reading what the program must not know",
    "escape": "Leaving the sandbox",
    "exhaustion": "Using up the machine",
    "survival": "Outliving the verdict",
    "control": "Honest programs, which must be accepted",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one checker made of one program.

    Attributes:
        outcome: ``ok``, ``FORGED`` (hostile, accepted), ``WRONG`` (honest, rejected), ``stall``, ``crash``, ``lost``.
        survivors: Processes alive after the verdict that an honest program would not have left.
        wrote: It left files outside temporary folders.
        network: It reached a listener on the loopback.
        flood: More than 1 MiB reached the checker's own stdout or stderr.
        detail: The checker's own word for it.
    """

    outcome: str
    survivors: int = 0
    wrote: bool = False
    network: bool = False
    flood: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One program and its cells, by the name of the checker."""

    name: str
    property: str
    family: str
    cells: Mapping[str, Cell]


def cell(raw: Mapping[str, Any], *, control: bool, may_pass: bool = False, usual_left: int = 0) -> Cell:
    """The cell of one raw observation (the report of ``supervise.py``).

    Args:
        raw: What was seen.
        control: The program is honest and must be accepted.
        may_pass: Accepting it is right too, because its attack cannot change the answer.
        usual_left: Processes that an honest program leaves with this checker.
    """
    verdict, ended = raw.get("verdict"), raw.get("ended")
    detail = str((verdict or {}).get("detail", raw.get("error", "")))
    effects: dict[str, Any] = {
        "wrote": bool(raw.get("wrote")),
        "network": raw.get("connections", 0) > 0,
        "flood": raw.get("output_bytes", 0) > FLOOD_BYTES,
        "detail": detail,
    }
    if verdict is None:
        # "verdict" without one: what the checker left there cannot be read, so it did not end as it should.
        names = {"wall": "stall", "memory": "stall", "exit": "crash", "verdict": "crash"}
        return Cell(names.get(str(ended), "lost"), **effects)
    effects["survivors"] = max(0, raw.get("left", 0) - verdict.get("left_before", usual_left))
    if control:
        return Cell("ok" if verdict["accepted"] else "WRONG", **effects)
    return Cell("FORGED" if verdict["accepted"] and not may_pass else "ok", **effects)


def counts(rows: Sequence[Row], checker: str) -> dict[str, int]:
    """How often each outcome and effect was seen with one checker; ``n`` hostile programs, ``controls`` honest ones."""
    hostile = [row.cells[checker] for row in rows if row.family != "control" and checker in row.cells]
    honest = [row.cells[checker] for row in rows if row.family == "control" and checker in row.cells]
    return {
        "n": len(hostile),
        **{name: sum(c.outcome == name for c in hostile) for name in ("FORGED", "stall", "crash", "lost")},
        "survivors": sum(c.survivors > 0 for c in hostile),
        "wrote": sum(c.wrote for c in hostile),
        "network": sum(c.network for c in hostile),
        "flood": sum(c.flood for c in hostile),
        "controls": len(honest),
        "not accepted": sum(c.outcome != "ok" for c in honest),
    }


def word(found: Cell | None, *, own: bool = False) -> str:
    """A cell in a table: the outcome (our own: the statuses), and its effects."""
    if found is None:
        return "–"
    shown = found.outcome
    if own and found.outcome == "ok" and found.detail:
        shown = found.detail
    marks = [f"survivors {found.survivors}"] if found.survivors else []
    marks += [name for name in ("wrote", "network", "flood") if getattr(found, name)]
    return f"{shown} ({', '.join(marks)})" if marks else shown


def text_table(rows: Sequence[Row], checkers: Sequence[str]) -> str:
    """All rows and counts as aligned text."""
    lines = [["family", "program", *checkers]]
    lines += [[r.family, r.name, *(word(r.cells.get(c), own=c == "unriddle") for c in checkers)] for r in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    shown = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*shown, "", *(f"{name}: {sentence(counts(rows, name))}" for name in checkers)])


def sentence(found: Mapping[str, int]) -> str:
    """The counts of one checker in words."""
    text = (
        f"of {found['n']} hostile programs {found['FORGED']} forged, {found['stall']} stalled, "
        f"{found['crash']} crashed the checker, {found['survivors']} left processes; "
        f"{found['controls'] - found['not accepted']} of {found['controls']} honest ones accepted"
    )
    return text + (f"; {found['lost']} runs lost" if found["lost"] else "")


def markdown(rows: Sequence[Row], labels: Mapping[str, str], *, heading: str) -> str:
    """The counts and the tables for the documentation, one table per family.

    Args:
        rows: All programs.
        labels: What each checker is, by its name, in the order of the columns.
        heading: Markdown put first: the command, the versions, the date.
    """
    columns = ("FORGED", "stall", "crash", "survivors", "wrote", "network")
    lines = [heading.strip(), ""]
    lines += ["| checker | what is run | forged | stalled | crashed | survivors | wrote | network | honest accepted |"]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    for name, label in labels.items():
        found = counts(rows, name)
        numbers = [f"{found[column]} of {found['n']}" for column in columns]
        accepted = f"{found['controls'] - found['not accepted']} of {found['controls']}"
        lines.append(_line([name, label, *numbers, accepted]))
    families = [family for family in FAMILIES if any(row.family == family for row in rows)]
    lines += ["", _line(["forged, by family", "programs", *labels]), _line(["---"] * (2 + len(labels)))]
    for family in families:
        if family != "control":
            chosen = [row for row in rows if row.family == family]
            forged = [str(counts(chosen, name)["FORGED"]) for name in labels]
            lines.append(_line([FAMILIES[family], str(len(chosen)), *forged]))
    for family in families:
        chosen = [row for row in rows if row.family == family]
        if chosen:
            lines += ["", f"### {FAMILIES[family]}", ""]
            lines += [_line(["property", *labels]), _line(["---"] * (1 + len(labels)))]
            lines += [
                _line([row.property, *(_bold(row.cells.get(c), own=c == "unriddle") for c in labels)]) for row in chosen
            ]
    return "\n".join(lines) + "\n"


def _bold(found: Cell | None, *, own: bool) -> str:
    text = word(found, own=own)
    return f"**{text}**" if found is not None and found.outcome != "ok" else text


def _line(words: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(text) for text in words) + " |"


def _escaped(text: str) -> str:
    """Text of a cell that Markdown leaves alone, but for our own bold."""
    for sign, written in (("\n", " "), ("|", "\\|"), ("_", "\\_"), ("<", "&lt;"), ("`", "\\`")):
        text = text.replace(sign, written)
    return text


def put_between(page: str, text: str) -> str:
    """The page with ``text`` between its two marker comments.

    Raises:
        ValueError: The page does not hold each marker once, in order.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in tail:
        raise ValueError(f"expected the markers {BEGIN!r} and {END!r} once each, in this order; put them back")
    return f"{head}{BEGIN}\n\n{text.strip()}\n\n{END}{tail}"
