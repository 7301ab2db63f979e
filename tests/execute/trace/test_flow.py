"""Real runs follow the control-flow graph that was drawn from the text: every executed line lies in exactly one block,
and every move is along an edge. The programs run in the sandbox."""

from __future__ import annotations

import ast
import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from unriddle.execute.python import PythonExecutor
from unriddle.execute.trace import Trace, trace, traces
from unriddle.execute.trace.steps import steps
from unriddle.outcome import Limits

TRICKY = Path(__file__).with_name("tricky_programs.txt").read_text(encoding="utf-8")
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
EVENTS = ("call", "line", "return", "exception")


def departures(trace: Trace) -> list[str]:
    """Lines outside every block or in two, and moves along no edge."""
    found: list[str] = []
    before: dict[int, tuple[int, int, bool]] = {}
    for event in trace.events:
        if event.kind == "exception" and event.call in before:
            before[event.call] = (*before[event.call][:2], True)
        if event.kind != "line":
            continue
        scope = trace.scopes[trace.calls[event.call].scope]
        holding = [block.number for block in scope.blocks if event.line in block.lines]
        if len(holding) != 1:
            found.append(f"{scope.name}: line {event.line} lies in {len(holding)} blocks")
            continue
        if event.call in before:
            line, old, raised = before[event.call]
            allowed = scope.blocks[old].raises if raised else scope.blocks[old].successors
            if holding[0] not in allowed and (raised or holding[0] != old):
                found.append(f"{scope.name}: {line} -> {event.line}{' after an exception' if raised else ''}")
        before[event.call] = (event.line, holding[0], False)
    return sorted(set(found))


def lines_of(trace: Trace, call: int) -> list[int]:
    return [event.line for event in trace.of_call(call) if event.kind == "line"]


def test_tricky_functions(executor: PythonExecutor) -> None:
    names = re.findall(r"^def (t_\w+)", TRICKY, re.MULTILINE)
    assert len(names) > 12
    for name, found in zip(names, traces(TRICKY, [f"{name}()" for name in names], executor=executor), strict=True):
        assert (found.end, found.notes[1:]) == ("returned", ()), (name, found.error)
        assert not departures(found), name
        for call in found.calls:
            got = [line for step in steps(found, calls=[call.number]) for line in step.lines]
            assert got == lines_of(found, call.number), name
    whole = trace(TRICKY, "t_comp()", executor=executor, comprehensions=True)
    assert not departures(whole)
    assert len(whole.events) > len(trace(TRICKY, "t_comp()", executor=executor).events)


@pytest.mark.slow
def test_quixbugs(executor: PythonExecutor) -> None:
    folder = DATA / "quixbugs"
    if not folder.is_dir():
        pytest.skip("shared/data/quixbugs is not here")
    n_runs = 0
    for rows in sorted((folder / "json_testcases").glob("*.json")):
        inputs = [json.loads(line)[0] for line in rows.read_text(encoding="utf-8").splitlines() if line.strip()][:3]
        calls = [f"(lambda r: list(r) if hasattr(r, 'send') else r)({rows.stem}(*{args!r}))" if isinstance(args, list)
                 else f"{rows.stem}({args!r})" for args in inputs]  # fmt: skip
        for kind in ("python_programs", "correct_python_programs"):
            source = (folder / kind / f"{rows.stem}.py").read_text(encoding="utf-8")
            plain = traces(source, calls, executor=executor, events=("print",), limits=Limits(cpu_seconds=1.0))
            watched = traces(source, calls, executor=executor, events=EVENTS, max_events=3000)
            for found, untraced in zip(watched, plain, strict=True):
                if found.complete and untraced.complete:
                    same = (untraced.end, untraced.value, untraced.error, untraced.printed)
                    assert (found.end, found.value, found.error, "") == same, (rows.stem, kind)
                assert not departures(found), (rows.stem, kind, found.call)
                assert found.end in ("returned", "raised", "events")
                n_runs += bool(found.events)
    assert n_runs > 80


def seeds(model: str) -> Iterator[tuple[str, str]]:
    """Recorded programs of a model, and the call of their first visible test."""
    folder = DATA / "ldb" / "input_data" / "humaneval"
    with open(folder / "test" / "tests.jsonl", encoding="utf-8") as file:
        tests = {row["task_id"]: row["given_tests"] for row in map(json.loads, file)}
    with lzma.open(folder / "seed" / model / "seed.jsonl.xz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            if tests[row["task_id"]]:
                test = ast.parse(tests[row["task_id"]][0]).body[0].test
                call = next(node for node in ast.walk(test) if isinstance(node, ast.Call))
                yield row["solution"], ast.unparse(call)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["gpt-3.5-turbo-0613", "starcoder"])
def test_recorded_programs(executor: PythonExecutor, model: str) -> None:
    if not (DATA / "ldb").is_dir():
        pytest.skip("shared/data/ldb is not here")
    n_runs = 0
    for source, call in seeds(model):
        found = trace(source, call, executor=executor, events=EVENTS, max_events=2000, comprehensions=True)
        assert not departures(found), source
        n_runs += bool(found.events)
    assert n_runs > 140
