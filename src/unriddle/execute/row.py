"""One row: a candidate meets every test of a plan, in processes that it shares with no other candidate."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from unriddle.candidate import Candidate
from unriddle.execute.job import Answers, Request, Row, Steps, give_up, infra, killed, make_job, new_row
from unriddle.execute.judge import Cell, Frame, cell_of_error, judge_value, read_frames
from unriddle.execute.plan import Call, Plan
from unriddle.execute.predicates import check_predicates
from unriddle.outcome import Limits, Status
from unriddle.problem import CodeTest
from unriddle.verdicts import Detail

__all__ = ["judge_calls", "run_row"]


def run_row(candidate: Candidate, plan: Plan, limits: Limits) -> Steps:
    """All cells of one candidate, as a list of one row.

    Args:
        candidate: The program.
        plan: The tests.
        limits: Limits per test.
    """
    row = new_row(plan)
    returned: list[tuple[Call, Frame]] = []
    for calls in (plan.shared, *((call,) for call in plan.alone)):
        returned += yield from _calls(candidate, calls, limits, row)
    yield from check_predicates(returned, limits, row)
    for column, test in plan.code:
        if row.kills < limits.max_kills:
            yield from _code_test(candidate, column, test, limits, row)
    if row.kills >= limits.max_kills:
        give_up(row)
    return [row]


def _calls(
    candidate: Candidate, calls: Sequence[Call], limits: Limits, row: Row
) -> Generator[Request, Answers, list[tuple[Call, Frame]]]:
    """Run the calls in one process; after a kill go on with the next call in a new one."""
    waiting = list(calls)
    returned: list[tuple[Call, Frame]] = []
    while waiting and row.kills < limits.max_kills:
        wire = [(call.test.entry, call.args, call.kwargs) for call in waiting]
        job, nonces = make_job([candidate.source], limits, "calls", len(waiting), calls=wire)
        answers = yield Request(job, len(waiting))
        if answers is None:
            infra(row, [call.column for call in waiting])
            return returned
        raw = answers[0]
        frames = read_frames(raw, nonces[0], limits)
        n_done = judge_calls(row, waiting, frames, returned)
        waiting = waiting[n_done:]
        if waiting:
            killed(row, waiting.pop(0).column, raw, limits)
    return returned


def judge_calls(row: Row, calls: Sequence[Call], frames: Sequence[Frame], returned: list[tuple[Call, Frame]]) -> int:
    """Judge what one program answered; how many of the calls have a verdict now.

    Args:
        row: Where the cells go.
        calls: What it was asked, in order.
        frames: Its frames.
        returned: Collects the calls that returned, with their frames.
    """
    if frames and frames[0].kind == "L":
        for call in calls:
            row.cells[call.column] = cell_of_error(frames[0], None)
        return len(calls)
    n_done = 0
    for frame in frames:
        if frame.kind == "K":
            continue
        if n_done == len(calls):
            break
        call = calls[n_done]
        if frame.kind == "V":
            row.cells[call.column] = judge_value(call, frame)
            returned.append((call, frame))
        else:
            row.cells[call.column] = cell_of_error(frame, call.test.expect)
        n_done += 1
    return n_done


def _code_test(
    candidate: Candidate, column: int, test: CodeTest, limits: Limits, row: Row
) -> Generator[Request, Answers, None]:
    job, nonces = make_job([candidate.source], limits, "serve", 1)
    more = {"entry": test.entry, "prelude": test.prelude, "classes": tuple(test.classes)}
    driver, driver_nonces = make_job([test.code], limits, "drive", 1, **more)
    answers = yield Request(job, 1, driver=driver)
    raw, driver_raw = answers or (None, None)
    if raw is None or driver_raw is None:
        infra(row, [column])
        return
    frames = read_frames(raw, nonces[0], limits)
    if frames and frames[0].kind == "L":
        row.cells[column] = cell_of_error(frames[0], None)
        return
    verdicts = read_frames(driver_raw, driver_nonces[0], limits)
    output = frames[0].stdout if frames else ""
    if not verdicts or verdicts[0].kind == "G":
        blamed = raw if raw.cause or raw.exit_code else driver_raw
        killed(row, column, blamed, limits)
        return
    row.cells[column] = _of_driver(verdicts[0], raw.cpu_seconds, output)


def _of_driver(verdict: Frame, cpu_seconds: float, output: str) -> Cell:
    """P passed, A an assertion failed, E the test stumbled over the value, X the candidate raised."""
    text = f"{verdict.error}: {verdict.message}" if verdict.message else verdict.error
    if verdict.kind == "P":
        return Cell(Status.PASS, b"", cpu_seconds, Detail(stdout=output))
    if verdict.kind == "X":
        cell = cell_of_error(verdict, None)
        return Cell(cell.status, b"", cpu_seconds, Detail(output, text, verdict.line))
    return Cell(Status.FAIL, b"", cpu_seconds, Detail(output, text))
