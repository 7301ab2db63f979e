"""Written tests: taken out of files, made runnable, filtered stage by stage, chosen by coverage."""

import numpy as np
import pytest

from unriddle.errors import BadInput, BadProblem
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM
from unriddle.outcome import Limits
from unriddle.testgen.lm_file_tests import beginning, generate_tests
from unriddle.testgen.lm_filter import FilterReport, filter_tests, select_by_coverage
from unriddle.testgen.lm_test_files import CannotRun, WrittenTest, first_new_test, runnable, same_text, split_tests

CODE = """
import random

class Stack:
    def __init__(self):
        self.items = []

    def push(self, x):
        self.items.append(x)
        return self

    def __len__(self):
        return len(self.items)

def sign(x):
    if x < 0:
        return -1
    return 1 if x else 0

def dice():
    return random.randrange(1000)

def forever():
    while True:
        pass
"""

FILE = '''
import unittest
from shapes import sign, Stack as S

LIMIT = 3

def twice(x):
    return sign(x) * 2

def test_helper():
    """Doubles."""
    assert twice(5) == 2

class TestStack(unittest.TestCase):
    def setUp(self):
        self.stack = S().push(1)

    def test_len(self):
        self.assertEqual(len(self.stack.push(2)), 2)

    def test_wrong(self):
        self.assertEqual(len(self.stack), LIMIT)

if __name__ == "__main__":
    unittest.main()
'''


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as opened:
        yield opened


def made(body, name="test_it"):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return WrittenTest(f"def {name}():\n{lines}", name=name)


HAND = {
    "good": (WrittenTest("assert sign(-3) == -1\n"), ""),
    "several": (made("s = Stack()\nfor i in range(3):\n    s.push(i)\nassert len(s) == 3"), ""),
    "broken": (WrittenTest("def test_it(:\n    pass\n"), "parse: not Python"),
    "no assert": (made("sign(1)"), "parse: no assertion"),
    "of nothing": (made("assert 1 + 1 == 2"), "parse: does not use the code"),
    "fixture": (WrittenTest("def test_it(tmp_path):\n    assert sign(1)\n", name="test_it"), "parse: needs fixtures"),
    "unknown name": (made("assert sign(x) == 1"), "run: ERROR"),
    "raises": (made("assert sign('a') == 1"), "run: ERROR"),
    "never ends": (made("assert forever() is None"), "run: TIMEOUT"),
    "the test never ends": (made("while sign(1):\n    pass\nassert True"), "run: TIMEOUT"),
    "exits": (made("import os\nassert sign(1)\nos._exit(0)"), "run: CRASH"),
    "wrong": (WrittenTest("assert sign(-3) == 1\n"), "pass: fails"),
    "flaky": (WrittenTest("assert dice() == 864\n"), "pass: flaky"),
    "copy": (made("# the same\nassert len(Stack().push(2)) == 1, 'one'", name="test_other"), "new: a copy"),
    "vacuous": (WrittenTest("assert sign(4) == sign(4)\n"), "new: vacuous"),
    "also vacuous": (made("try:\n    sign(1)\nexcept ValueError:\n    pass\nassert True"), "new: vacuous"),
    "adds nothing": (WrittenTest("assert sign(7) == 1\n"), "coverage: takes no new branch"),
}
EXISTING = [made("assert len(Stack().push(2)) == 1"), made("assert sign(3) == 1")]


@pytest.fixture(scope="module")
def report(executor):
    tests = [test for test, _ in HAND.values()]
    human = [WrittenTest("assert sign(0) == 0\n"), WrittenTest("assert sign(-1) == -1\n")]
    limits = Limits(cpu_seconds=0.3, wall_seconds=1.5, memory_mb=512, max_kills=1)
    return filter_tests(tests, CODE, executor=executor, existing=EXISTING, human=human, limits=limits)


@pytest.mark.parametrize("name", [name for name in HAND if name not in ("flaky", "several")])
def test_each_kind_of_bad_test_is_dropped_where_it_shows(report, name):
    assert report.reasons[list(HAND).index(name)] == HAND[name][1]


def test_a_test_of_several_statements_passes_and_only_adds_no_branch(report):
    assert report.reasons[list(HAND).index("several")] == "coverage: takes no new branch"


def test_a_test_that_hangs_on_chance_is_flaky(executor):
    # The number that the first run draws, whatever it is: every first run has the executor's seed.
    drawn = next(i for i in range(0, 1000, 50) if _passes(f"assert {i} <= dice() < {i + 50}", executor))
    test = WrittenTest(f"assert {drawn} <= dice() < {drawn + 50}\n")
    assert filter_tests([test], CODE, executor=executor, stages=("parse", "pass")).reasons == ("pass: flaky",)


def _passes(text, executor):
    from unriddle.candidate import Candidate
    from unriddle.problem import CodeTest

    return executor.run([Candidate(CODE)], [CodeTest(text)]).passed[0, 0]


def test_yields_and_coverage_are_those_of_the_stages(report):
    assert list(report.yields) == ["parse", "run", "pass", "new", "coverage"]
    left = [len(HAND) - sum(why.startswith(stages) for why in report.reasons)
            for stages in (("parse",), ("parse", "run"), ("parse", "run", "pass"))]  # fmt: skip
    assert list(report.yields.values())[:3] == left
    assert report.kept == (0,)
    assert report.coverage_before < report.coverage_after < report.coverage_human < 1
    assert report.as_dict()["kept"] == ["assert sign(-3) == -1\n"]


def test_without_the_coverage_stage_nothing_is_measured(executor):
    found = filter_tests([WrittenTest("assert sign(1) == 1\n")], CODE, executor=executor, stages=("parse", "run"))
    assert (found.kept, found.coverage_after) == ((0,), None)
    with pytest.raises(BadInput, match="coverage was not measured"):
        select_by_coverage(found, 1)


@pytest.mark.parametrize("stages", [(), ("run",), ("parse", "pass", "run"), ("parse", "look")])
def test_stages_out_of_order(stages):
    with pytest.raises(BadInput, match="stages must be some of"):
        filter_tests([], CODE, executor=None, stages=stages)


def test_code_that_cannot_be_read():
    with pytest.raises(BadProblem, match="the code under test"):
        filter_tests([], "def f(:", executor=None)


def test_a_whole_test_file_runs_without_its_framework(executor):
    tests = split_tests(FILE)
    assert [(t.owner, t.name) for t in tests] == [
        ("", "test_helper"),
        ("TestStack", "test_len"),
        ("TestStack", "test_wrong"),
    ]
    found = filter_tests(tests, CODE, executor=executor, module="shapes", stages=("parse", "run", "pass"))
    assert found.reasons == ("", "", "pass: fails")


def test_a_module_imported_whole_becomes_its_names(executor):
    test = WrittenTest("def test_it():\n    assert sh.sign(2) == 1\n", "import shapes as sh, math", "test_it")
    assert "types.SimpleNamespace" in runnable(test, CODE, module="shapes")
    assert filter_tests([test], CODE, executor=executor, module="shapes", stages=("parse", "pass")).kept == (0,)


BEGUN = "from shapes import sign\n\n\n"


@pytest.mark.parametrize(
    ("completion", "expected"),
    [
        ("def test_a():\n    assert sign(1)\n\ndef test_b():\n    assert 0\n", "def test_a():\n    assert sign(1)\n"),
        ("@slow\ndef test_a():\n    def inner():\n        return 1\n    assert sign(inner())\n\nx = (", None),
        (
            "def help():\n    return 1\n\ndef test_a():\n    assert sign(help())\n",
            "def test_a():\n    assert sign(help())\n",
        ),
        ("def test_a():\n    assert sign(1)\n    assert sign(2", "def test_a():\n    assert sign(1)\n"),
        ("assert sign(1) == 1\nassert sign(2) ==", "assert sign(1) == 1\n"),
        ("import os\ndef test_a():\n    assert 1\n", "begins a new file or class"),
        ("class TestB:\n    def test_a(self):\n        assert 1\n", "begins a new file or class"),
        ("def helper():\n    return 1\n", "no test in it"),
        ("???", "not Python"),
        ("", "not Python"),
    ],
)
def test_the_first_whole_test_of_a_completion_is_kept(completion, expected):
    found = first_new_test(BEGUN, completion)
    if isinstance(found, CannotRun):
        assert found.why == expected
    else:
        whole = "@slow\ndef test_a():\n    def inner():\n        return 1\n    assert sign(inner())\n"
        assert found.source == (expected or whole)
        assert "help" not in completion or "def help" in found.preamble


def test_modes_say_how_the_file_begins():
    text = "import a\n\n@mark\ndef test_a():\n    assert a.f()\n\ndef test_b():\n    assert a.g()"
    assert beginning(text, "first") == "import a\n\n"
    assert beginning(text, "last").endswith("a.f()\n\n")
    assert beginning(text, "extra") == text + "\n"
    for mode, message in (("last", "needs a file with 2 tests"), ("middle", "mode must be one of")):
        with pytest.raises(BadInput, match=message):
            beginning("import a\n", mode)


def test_draws_are_read_and_counted():
    answers = ["def test_a():\n    assert f(1)\n", "def test_again():\n    assert f(1)\n", "no ("]
    lm = ScriptedLM(answers)
    code = "import sys\ndef f(x):\n    return x\n"
    found = generate_tests(code, lm, existing_tests="import m\n", n=3, max_prompt_tokens=18)
    assert ([t.name for t in found.tests], found.n_draws) == (["test_a"], 3)
    assert found.rejected == {"repeated": 1, "not Python": 1}
    assert found.n_cut > 0
    assert lm.prompts[0].endswith("<|codetestpair|>import m\n")
    assert not lm.prompts[0].startswith("import sys")


def test_same_text_sees_through_names_messages_and_layout():
    one = WrittenTest("def test_a():\n    'Why.'\n    assert f( 1 ), 'no'\n")
    assert same_text(one) == same_text(WrittenTest("    def test_b(): assert f(1)\n"))
    assert same_text(one) != same_text(WrittenTest("def test_a():\n    assert f(2)\n"))


def test_helpers_may_assert_and_names_may_hide_builtins(executor):
    code = "def filter(xs):\n    return [x for x in xs if x]\n"
    text = """
from sieve import filter
import unittest
class TestFilter(unittest.TestCase):
    def check(self, given, wanted):
        self.assertEqual(filter(given), wanted)
    def check_twice(self, given, wanted):
        check = self.check
        check(given * 2, wanted * 2)
    def test_right(self):
        self.check_twice([0, 1], [1])
    def test_wrong(self):
        self.check_twice([0, 1], [0])
    def test_nothing(self):
        filter([])
"""
    found = filter_tests(split_tests(text), code, executor=executor, stages=("parse", "run", "pass"))
    assert found.reasons == ("", "pass: fails", "parse: no assertion")


def handmade_report(covered, base=(), logprobs=None):
    tests = tuple(WrittenTest(f"assert f({i})", logprob=p) for i, p in enumerate(logprobs or [None] * len(covered)))
    table = np.array(covered, bool)
    return FilterReport(tests, ("",) * len(tests), {}, table, np.array(base or [0] * table.shape[1], bool), 0.0)


def test_greedy_choice_takes_what_adds_most():
    assert select_by_coverage(handmade_report([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]]), 2) == [1, 2]
    assert select_by_coverage(handmade_report([[1, 1, 0], [0, 0, 1]], base=[1, 1, 0]), 1) == [1]
    assert select_by_coverage(handmade_report([[1], [1], [1]], logprobs=[-3.0, -1.0, -2.0]), 9) == [1, 2, 0]
    assert select_by_coverage(handmade_report([[1]]), 0) == []
