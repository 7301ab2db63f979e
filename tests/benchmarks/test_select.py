"""select_tasks(): the tasks people mean."""

import pytest

from unriddle.benchmarks.base import Task, TaskBenchmark
from unriddle.benchmarks.select import select_tasks
from unriddle.errors import BadInput
from unriddle.problem import CallTest, Problem, Signature


def bench(*ids: str) -> TaskBenchmark:
    return TaskBenchmark("toy", tuple(Task(Problem(name, "", Signature("f")), (CallTest("f"),)) for name in ids))


TOY = bench("Toy/2", "Toy/3", "Toy/7", "Toy/11", "Other/x-y", "zero-1")


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("3", ["Toy/3"]),
        ("7,2", ["Toy/2", "Toy/7"]),
        ("2-7", ["Toy/2", "Toy/3", "Toy/7"]),
        ("0-2, 11", ["Toy/2", "Toy/11"]),
        ("Toy/3,3,toy/3", ["Toy/3"]),
        ("Other/x-y", ["Other/x-y"]),
        ("x-y", ["Other/x-y"]),
        ("zero-1", ["zero-1"]),
    ],
)
def test_selection_keeps_the_benchmarks_order(text: str, chosen: list[str]) -> None:
    assert [problem.id for problem in select_tasks(TOY, text)] == chosen


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4", "no task is called '4'"),
        ("4-6", "no task numbered from 4 to 6; its tasks go from Toy/2 to zero-1"),
        ("7-2", "from 7 to 2"),
        ("", "no task is called ''"),
        ("2,", "no task is called ''"),
        ("Toy/33", "did you mean Toy/3"),
    ],
)
def test_a_part_that_names_nothing(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        select_tasks(TOY, text)
