import ast
import re

import numpy as np
import pytest

from unriddle.cli.main import main
from unriddle.errors import BadInput, BadProblem
from unriddle.execute.python import PythonExecutor
from unriddle.language.values import Items, Opaque
from unriddle.testgen.case_search import search_cases
from unriddle.testgen.cases import CaseMaker
from unriddle.testgen.expected import assertion, looked_at
from unriddle.testgen.module_tests import make_module_tests
from unriddle.testgen.naming import condition_words, name_test
from unriddle.testgen.pytest_file import read_pieces
from unriddle.testgen.strings import matching_strings, patterns_in
from unriddle.testgen.targets import absolute_imports, read_module
from unriddle.testgen.write_pytest import pytest_text

MODULE = """
import random
import time
from enum import Enum

class Colour(Enum):
    RED = 1
    BLUE = 2

class Stack:
    def __init__(self, items=()):
        self._items = list(items)
    def push(self, item):
        self._items.append(item)
    def pop(self):
        if not self._items:
            raise IndexError("pop from an empty stack")
        return self._items.pop()
    def __len__(self):
        return len(self._items)

def sign(x: int) -> str:
    if x < 0:
        return "minus"
    return "plus" if x > 0 else "zero"

def half(x: float) -> float:
    return x / 3

def evens(n: int):
    for i in range(n):
        if i % 2 == 0:
            yield i

def paint(colour: Colour, *, twice: bool = False) -> str:
    return colour.name.lower() * (2 if twice else 1)

def dice() -> float:
    return random.SystemRandom().random()

def forever(n: int):
    while True:
        pass

def write(name: str):
    with open("/etc/" + name, "w") as file:
        file.write("x")

def ratio(a: int, b: int) -> float:
    return a / b

def huge(n: int):
    return [0] * (10**6 + abs(n))

async def later(x):
    return x

def _private(x):
    return x
"""


@pytest.fixture(scope="module")
def executors():
    with PythonExecutor(workers=2) as one, PythonExecutor(workers=1, seed=1) as two:
        yield one, two


@pytest.fixture(scope="module")
def made(executors):
    found = make_module_tests(
        read_module(MODULE),
        MODULE,
        executor=executors[0],
        other=executors[1],
        rng=np.random.default_rng(0),
        seconds=1,
        n_mutants=30,
        least_rounds=16,
    )
    text, names = pytest_text(found.tests, MODULE, module="shop", said_by="observed", head="What it did.")
    return found, text, names


def bodies(text):
    return {n.name: ast.unparse(n) for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}


def test_functions_and_methods_get_tests_that_cover_their_branches(made):
    found, _, names = made
    tested = {name for name in ("sign", "evens", "paint", "stack_pop") if any(f"test_{name}" in n for n in names)}
    assert tested == {"sign", "evens", "paint", "stack_pop"}
    missed = {b.function for b in found.missed}
    assert "sign" not in missed
    assert "Stack.pop" not in missed
    assert found.mutation_score > 0.5
    assert len(names) == len(set(names))


def test_exceptions_the_module_raises_are_expected_and_others_are_findings(made):
    found, text, _ = made
    assert 'pytest.raises(IndexError, match=r"pop from an empty stack")' in text
    assert "ZeroDivisionError" not in text
    assert "ratio: ZeroDivisionError" in found.findings


def test_what_varies_never_returns_or_touches_files_is_named_and_not_written(made):
    found, _, names = made
    assert "dice" in found.left_out
    assert found.left_out["later"] == "it is asynchronous"
    assert any(what.startswith("forever: TIMEOUT") for what in found.findings)
    assert any(what.startswith("write: ") for what in found.findings)
    assert not [n for n in names if re.search("dice|forever|write|later|private|huge", n)]


def test_values_are_written_as_people_do(made):
    _, text, _ = made
    code = "\n".join(bodies(text).values())
    assert "list(evens(" in code
    assert "Colour.RED" in code or "Colour.BLUE" in code
    assert "# observed" in text


def test_the_written_file_passes_on_the_module_and_not_on_a_wrong_one(made, executors):
    from unriddle.execute.coverage import cover_code

    _, text, _ = made
    codes = [piece.code for piece in read_pieces(text, module="shop")]
    wrong = MODULE.replace("x < 0", "x <= 0")
    found = dict(cover_code([(MODULE, codes), (wrong, codes)], executor=executors[0]))
    assert not any(found[0].errors)
    assert any(found[1].errors)


def test_exceptions_of_the_module_are_imported(executors):
    source = (
        "class TooLow(ValueError):\n    pass\ndef f(x: int):\n    if x < 5:\n        raise TooLow('no')\n    return x\n"
    )
    found = make_module_tests(
        read_module(source),
        source,
        executor=executors[0],
        other=executors[1],
        rng=np.random.default_rng(0),
        seconds=1,
        least_rounds=4,
        only=["f"],
    )
    text, _ = pytest_text(found.tests, source, module="low", said_by="observed", head="x")
    assert "pytest.raises(TooLow" in text
    assert "from low import TooLow, f" in text


def test_a_reference_says_what_is_expected(executors):
    right = "def double(x: int) -> int:\n    return 2 * x\n"
    wrong = right.replace("2 * x", "2 * x if x < 5 else 0")
    found = make_module_tests(
        read_module(wrong),
        wrong,
        executor=executors[0],
        other=executors[1],
        rng=np.random.default_rng(0),
        seconds=1,
        least_rounds=6,
        reference=right,
    )
    assert found.tests
    for test in found.tests:
        (x,) = test.case.calls[0].args
        assert test.value == 2 * x


def test_sequences_of_calls_reach_states_that_single_calls_do_not(executors):
    source = """class Door:
    def __init__(self):
        self.n = 0
    def knock(self):
        self.n += 1
    def open(self):
        if self.n > 2:
            return "open"
        return "shut"
"""
    found = search_cases(
        read_module(source), source, executor=executors[0], rng=np.random.default_rng(0), seconds=1, least_rounds=12
    )
    assert any("open" in repr(value) for value in found.values if value)
    assert any("'open'" in repr(v) or b"open" in v for v in found.values if v)


@pytest.mark.parametrize(
    ("condition", "taken", "words"),
    [
        ("not xs", True, "xs_is_falsy"),
        ("x == 3", False, "x_is_not_3"),
        ("len(xs) < 2", True, "len_xs_is_under_2"),
        ("n % 2", False, "n_mod_2_is_0"),
        ("isinstance(x, int)", False, "x_is_no_int"),
        ("a and b > 1", True, "a_is_truthy_and_b_is_over_1"),
        ("a and b > 1", False, "a_is_falsy_or_b_is_at_most_1"),
        ("self._items", True, "items_is_truthy"),
        ("s.isdigit()", False, "s_not_isdigit"),
        ("f(x)(y)[3] > g", True, ""),
    ],
)
def test_conditions_in_words(condition, taken, words):
    assert condition_words(ast.parse(condition, mode="eval").body, taken) == words


def test_names_are_distinct_and_short():
    used = set()
    names = [name_test("f", outcome="returns_1", conditions=["x" * 90], inputs=[1], used=used) for _ in range(3)]
    assert names == ["test_f_returns_1_for_1", "test_f_returns_1", "test_f_returns_1_2"]


@pytest.mark.parametrize(
    ("value", "statement"),
    [
        (True, "assert f() is True"),
        (0.5, "assert f() == 0.5"),
        (1 / 3, "assert f() == pytest.approx(0.3333333333333333)"),
        ([1, 2.0], "assert f() == [1, 2.0]"),
        ({3, 1}, "assert f() == {1, 3}"),
        (set(), "assert f() == set()"),
        ("<A object at 0x7f>", None),
        ("x" * 1000, None),
        ({"a": 1 / 3}, None),
        (float("inf"), 'assert f() == pytest.approx(float("inf"))'),
    ],
)
def test_assertions(value, statement):
    assert assertion("f()", value) == statement


def test_what_cannot_be_written_is_looked_at_otherwise():
    assert looked_at("f()", Items("generator", (1, 2))) == "list(f())"
    assert looked_at("f()", [Opaque("A")]) == "repr(f())"
    assert looked_at("f()", [1]) == "f()"


def test_strings_match_the_expressions_of_the_source():
    source = "import re\nP = '(\\\\d{4})-(\\\\d\\\\d)'\nre.match(P, x)\nre.sub('[ab]+!', '', y, flags=re.I)\n"
    source += "re.split('(', z)\n"
    assert patterns_in(source) == [(r"(\d{4})-(\d\d)", 0), ("[ab]+!", 2)]
    joined = "import re\nP = '[ab]+'\nre.compile('^' + P + '$', re.I)\n"
    assert patterns_in(joined) == [("^[ab]+$", 2)]
    rng = np.random.default_rng(0)
    for pattern in (r"(\d{4})-(\d\d)", "[ab]+!", r"^(a|bc)*d?$", r"[^x]{2,3}\s", r"(?P<n>\w+)@(?:x|y)"):
        found = matching_strings(pattern, n=5, rng=rng)
        assert found
        assert all(re.search(pattern, text) for text in found)


def test_relative_imports_need_their_package():
    assert absolute_imports("from . import a\n", "x") == "from x import a\n"
    text = "#\nif 1:\n    from .a import (b,\n        c)  # é\nq = 'é'; from ..d import e; from .. import f\n"
    assert absolute_imports(text, "x.y") == (
        "#\nif 1:\n    from x.y.a import (b,\n        c)  # é\nq = 'é'; from x.d import e; from x import f\n"
    )
    with pytest.raises(BadProblem, match="relative import"):
        absolute_imports("from ..a import b\n", "x")


def test_modules_that_do_not_load_or_lack_a_name_are_refused(executors):
    def make(source, **options):
        make_module_tests(read_module(source), source, executor=executors[0], other=executors[1],
                          rng=np.random.default_rng(0), seconds=0.5, **options)  # fmt: skip

    with pytest.raises(BadInput, match=r"does not load in the sandbox: .*no_such_package"):
        make("import no_such_package\ndef f(): pass\n")
    with pytest.raises(BadInput, match="offers no 'g'; it offers f"):
        make("def f(): pass\n", only=["g"])


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code, capsys.readouterr()


def test_the_command_writes_a_file_that_pytest_runs(tmp_path, capsys):
    program = tmp_path / "signs.py"
    program.write_text("def sign(x: int) -> int:\n    if x < 0:\n        return -1\n    return 1 if x else 0\n")
    code, said = run(capsys, "testgen", program, "--seconds", 1.5)
    assert code == 0
    written = tmp_path / "test_signs.py"
    assert "branch coverage 100.0%" in said.err
    assert "from signs import sign" in written.read_text()
    code, said = run(capsys, "testgen", program, "--seconds", 1)
    assert code == 2
    assert "is there already" in said.err
    code, said = run(capsys, "testgen", tmp_path / "absent.py")
    assert code == 2
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1\n")
    code, said = run(capsys, "testgen", empty)
    assert code == 2
    assert "no public function" in said.err


def test_a_parameter_of_a_private_base_class_gets_objects_of_the_public_one() -> None:
    source = (
        "class _Base:\n    pass\n\n\nclass Price(_Base):\n    def __init__(self, cents: int) -> None:\n"
        "        self.cents = cents\n\n    def __lt__(self, other: _Base) -> bool:\n"
        "        if not isinstance(other, _Base):\n            return NotImplemented\n"
        "        return self.cents < other.cents\n"
    )
    module = read_module(source)
    assert module.classes[0].bases == ("_Base",)
    maker = CaseMaker(module, source, np.random.default_rng(0), {})
    codes = [maker.new(module.classes[0]).code for _ in range(20)]
    assert any("< Price(" in code for code in codes)


def test_keywords_are_changed_and_given_and_left_out() -> None:
    source = "def f(*, size: int, name: str = 'a') -> int:\n    return size\n"
    module = read_module(source)
    maker = CaseMaker(module, source, np.random.default_rng(1), {})
    case = maker.new(module.functions[0])
    seen = set()
    for _ in range(60):
        case = maker.change(case)
        seen.add(tuple(name for name, _ in case.calls[0].keywords))
    assert all("size" in names for names in seen)
    assert any("name" in names for names in seen)
    assert ("size",) in seen


def test_a_text_that_went_through_a_function_is_taken_for_the_pattern() -> None:
    source = "import re\n_P = r'v[0-9]+'\nP = adapt(_P)\nX = re.compile(r'\\s*' + P, re.I)\n"
    ((pattern, flags),) = patterns_in(source)
    assert (pattern, flags) == (r"\s*v[0-9]+", re.IGNORECASE)


def test_what_reads_the_standard_input_or_the_command_line_is_left_out() -> None:
    source = (
        "import sys\n\n\ndef ask():\n    return sys.stdin.read()\n\n\n"
        "def words():\n    return len(sys.argv)\n\n\ndef sign(n: int):\n    return n > 0\n"
    )
    with PythonExecutor(workers=1) as executor, PythonExecutor(seed=1, workers=1) as other:
        found = make_module_tests(
            read_module(source), source, executor=executor, other=other, rng=np.random.default_rng(0), seconds=0.5
        )
    assert {test.case.entry for test in found.tests} == {"sign"}
    assert set(found.left_out) == {"ask", "words"}
    assert "standard input" in found.left_out["ask"]
