"""The first tier on recorded programs of a language model: the matrix is that of isolated runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unriddle import CallTest, Limits, Status
from unriddle.benchmarks import humaneval
from unriddle.benchmarks.base import read_samples
from unriddle.errors import IsolationError
from unriddle.execute.python import PythonExecutor

RECORDED = (
    Path(__file__).resolve().parents[3]
    / "shared/data/codet/generated_data/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl.xz"
)
LIMITS = Limits(cpu_seconds=1.0, wall_seconds=30.0, memory_mb=512)


def _compare(n_problems: int, n_programs: int) -> None:
    benchmark = humaneval.load()
    programs = read_samples(RECORDED, benchmark)
    plain = [task for task in benchmark.tasks if all(isinstance(test, CallTest) for test in task.hidden)]
    names = [task.problem.id for task in plain[:n_problems]]
    assert len(names) == n_problems
    asked = {name: list({c.id: c for c in programs[name][:n_programs]}.values()) for name in names}
    try:
        with PythonExecutor(workers=2) as executor:
            alone = dict(benchmark.judge(asked, executor=executor, limits=LIMITS))
    except IsolationError as error:
        pytest.skip(f"no full isolation on this machine: {error}")
    with PythonExecutor(workers=2, share=8) as executor:
        shared = dict(benchmark.judge(asked, executor=executor, limits=LIMITS))
        assert executor._sharing.shared > executor._sharing.again, "nothing was decided in the first tier"
    seen: set[int] = set()
    for name in names:
        np.testing.assert_array_equal(shared[name].status, alone[name].status, err_msg=name)
        np.testing.assert_array_equal(shared[name].value, alone[name].value, err_msg=name)
        assert shared[name].values == alone[name].values
        seen |= set(alone[name].status.ravel().tolist())
    assert {Status.PASS, Status.FAIL, Status.ERROR} <= seen


@pytest.mark.skipif(not RECORDED.is_file(), reason="the recorded programs (codet) are not here")
@pytest.mark.slow
def test_status_matrices_of_recorded_programs_do_not_depend_on_the_first_tier() -> None:
    _compare(12, 100)


@pytest.mark.skipif(not RECORDED.is_file(), reason="the recorded programs (codet) are not here")
def test_a_few_recorded_programs_have_the_same_matrix_in_the_first_tier() -> None:
    _compare(3, 16)
