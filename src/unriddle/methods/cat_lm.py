"""Rao 2023: CAT-LM: Training Language Models on Aligned Code and Tests (ASE 2023).

A language model is trained on code files followed by their test file, joined by a separator, so that it learns to read
the code when it writes the test. To use it, the prompt is the code, the separator and what there is of the test file;
many tests are drawn, and what they do when they run decides: they must parse, run, pass, be new and add coverage.

What differs from the paper: pairs are found by whole words in names, folders decide between equal names, and fuzzy
names must begin alike; the prompt loses lines of the code, not its left end, when it is too long; a test must also be
failed by programs that know nothing, so that "contains assert" is not enough; passing is checked twice; branches are
counted instead of lines; top-k is not used. The model here is a nursery model of a million weights on functions and
asserts, not 2.7B on files.

Expected in the lab: pairs are right in more than 90 of 100 cases; choosing greedily by coverage beats choosing at
random for every number of tests; a model trained on aligned text finds the test of the true code likelier than that of
another code, one trained on shuffled text does not.

Not covered: languages other than Python, and completing the next statement of a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unriddle.contracts import Executor
from unriddle.data.code_test_pairs import pair_code_tests
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._cat_documents import Layout, documents
from unriddle.prompt.code_test_pair import SEPARATOR, format_pair, parse_pair
from unriddle.testgen.lm_file_tests import OPTIONS, FileTests, Mode, beginning, generate_tests
from unriddle.testgen.lm_filter import STAGES, FilterReport, filter_tests, select_by_coverage
from unriddle.testgen.lm_test_files import WrittenTest, split_tests

__all__ = [
    "SEPARATOR",
    "FileTests",
    "FilterReport",
    "Layout",
    "Suite",
    "WrittenTest",
    "beginning",
    "documents",
    "filter_tests",
    "format_pair",
    "generate_tests",
    "pair_code_tests",
    "parse_pair",
    "select_by_coverage",
    "split_tests",
    "write_tests",
]


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests that were written, filtered and chosen.

    Attributes:
        tests: The chosen ones, the most useful first.
        drawn: What the model wrote.
        report: What the filter said of it.
    """

    tests: tuple[WrittenTest, ...]
    drawn: FileTests
    report: FilterReport

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        drawn = {"n_draws": self.drawn.n_draws, "rejected": dict(self.drawn.rejected), "n_cut": self.drawn.n_cut}
        return {"tests": [test.source for test in self.tests], **drawn, "filter": self.report.as_dict()}


def write_tests(
    code: str,
    lm: LM,
    *,
    executor: Executor,
    existing_tests: str | None = None,
    mode: Mode = "first",
    n: int = 10,
    budget: int = 5,
    options: SampleOptions = OPTIONS,
    stages: Sequence[str] = STAGES,
    module: str = "",
    with_code: bool = True,
    max_prompt_tokens: int | None = None,
) -> Suite:
    """Tests for a code file: drawn from the model, filtered by running them, chosen by the branches they add.

    Args:
        code: The code under test, right by definition.
        lm: A model that learned pairs of code and test.
        executor: Where everything runs; already open.
        existing_tests: The test file as it is.
        mode: Which test is wanted: the file's ``first``, its ``last`` or an ``extra`` one.
        n: Completions.
        budget: Tests chosen at most.
        options: How to sample.
        stages: Of the filter.
        module: Name under which the tests import the code.
        with_code: Whether the model sees the code.
        max_prompt_tokens: Room for the prompt; ``None`` for no limit.

    Raises:
        BadInput: The mode does not fit the test file, or the stages are out of order.
        BadProblem: The code cannot be read.
        LMError: The model cannot answer.
    """
    drawn = generate_tests(
        code,
        lm,
        existing_tests=existing_tests,
        mode=mode,
        n=n,
        options=options,
        with_code=with_code,
        max_prompt_tokens=max_prompt_tokens,
    )
    known = split_tests(existing_tests or "")
    shown = split_tests(beginning(existing_tests or "", mode))
    report = filter_tests(
        drawn.tests,
        code,
        executor=executor,
        stages=stages,
        existing=shown,
        human=known,
        module=module,
    )
    places = select_by_coverage(report, budget) if "coverage" in stages else list(report.kept[:budget])
    return Suite(tuple(drawn.tests[i] for i in places), drawn, report)
