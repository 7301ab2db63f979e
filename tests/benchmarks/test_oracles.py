import math

import pytest

from unriddle.benchmarks.oracles import oracle, restore_inputs
from unriddle.candidate import Candidate
from unriddle.execute import open_executor
from unriddle.language.values import Large
from unriddle.problem import CallTest, CodeTest, Equality, Returns


@pytest.mark.parametrize(
    ("expected", "atol", "equality"),
    [
        (3, 0, Equality()),
        (3.0, 0, Equality("close", atol=1e-6, rtol=1e-7)),
        ([1.0, 2.0], 0, Equality("close", atol=1e-6, rtol=1e-7)),
        ((1.0,), 0, Equality("close", atol=1e-6, rtol=1e-7)),
        ([], 0, Equality()),
        ([1.0, 2], 0, Equality()),
        ([[1.0]], 0, Equality()),
        ("x", 0, Equality()),
        (3, 1e-4, Equality("close", atol=1e-4, rtol=1e-7)),
    ],
)
def test_tolerance_follows_the_expected_value(expected, atol, equality):
    assert oracle("HumanEval/2", "f", (1,), expected, atol=atol).expect == Returns(expected, equality)


def statuses(test, *bodies):
    programs = [Candidate(f"def f(*args):\n    {body}\n") for body in bodies]
    with open_executor(workers=1) as executor:
        return executor.run(programs, [test]).passed[:, 0].tolist()


def test_a_root_of_the_polynomial_is_right_whichever_it_is():
    test = oracle("HumanEval/32", "f", ([-6, 11, -6, 1],), 1.0, atol=1e-4)
    assert statuses(test, "return 1.0", "return 3", "return 2.5", "return None") == [True, True, False, False]


def test_set_tasks_ignore_order_and_repeats():
    test = oracle("Mbpp/2", "f", ((1, 2), (2, 1)), (1, 2), atol=0)
    assert statuses(test, "return [2, 1, 1]", "return {1, 2}", "return (1,)", "return 3") == [True, True, False, False]


def test_some_tasks_only_ask_whether_there_is_a_result():
    test = oracle("Mbpp/737", "f", ("annie",), True, atol=0)
    assert isinstance(test, CodeTest)
    bodies = ("import re; return re.match('a', 'a')", "return True", "return False", "return None", "return 'yes'")
    assert statuses(test, *bodies) == [True, True, False, False, True]
    none = oracle("Mbpp/737", "f", ("x",), None, atol=0)
    assert statuses(none, "return None", "return False", "return True", "return 'yes'") == [True, True, False, False]


def test_doubtful_tasks_accept_the_other_reading_too():
    surface = oracle("Mbpp/581", "f", (3, 4), 33, atol=0)
    other = round(9 + 2 * 3 * math.hypot(1.5, 4))
    assert statuses(surface, "return 33", f"return {other}", "return 34") == [True, True, False]
    digits = oracle("Mbpp/558", "f", (23, 156), 6, atol=0)
    assert statuses(digits, "return 6", "return 1 + 3 + 3", "return 5") == [True, True, False]
    divisors = oracle("Mbpp/295", "f", (7,), 1, atol=0)
    assert statuses(divisors, "return 1", "return 0", "return 8") == [True, True, False]
    anything = oracle("Mbpp/164", "f", (7, 8), True, atol=0)
    assert statuses(anything, "return 'x'", "return 1 / 0") == [True, False]


def test_the_same_numbers_mean_nothing_special_in_the_other_benchmark():
    assert oracle("HumanEval/2", "f", (1,), (1, 2), atol=0).expect == Returns((1, 2))
    assert isinstance(oracle("HumanEval/164", "f", (1,), 1, atol=0).expect, Returns)


def test_a_result_too_long_to_keep_is_compared_by_its_digests():
    long = Large(b"d" * 16, 1 << 20, b"e" * 16)
    for name in ("HumanEval/2", "HumanEval/32", "Mbpp/2", "Mbpp/295"):
        assert oracle(name, "f", (1,), long, atol=1e-6, label="x") == CallTest(
            "f", (1,), expect=Returns(long), name="x"
        )


@pytest.mark.parametrize(
    ("task", "given", "restored"),
    [
        (2, [[1, 2], [3]], ((1, 2), (3,))),
        (63, [[[1, 2], [3]]], ([(1, 2), (3,)],)),
        (75, [[[1, 2]], 3], ([(1, 2)], 3)),
        (106, [[1], [2]], ([1], (2,))),
        (115, [[[1, 1], [], 5]], ([{1}, {}, {}],)),
        (124, ["1.5", "1+2j"], (1.5, 1 + 2j)),
        (250, [[1], 2], ((1,), 2)),
        (252, ["1j"], (1j,)),
        (259, [[[1, 2]], [[3]]], (((1, 2),), ((3,),))),
        (278, [[1, [2]]], ((1, (2,)),)),
        (307, [[1], 2, 3], ((1,), 2, 3)),
        (580, [[1, [2, [3]]]], ((1, (2, (3,))),)),
        (722, [{"a": [1]}, 2], ({"a": (1,)}, 2)),
        (3, [[1]], ([1],)),
    ],
)
def test_inputs_get_their_python_types_back(task, given, restored):
    (made,) = restore_inputs(f"Mbpp/{task}", [given])
    assert made == restored
    assert repr(made) == repr(restored)


def test_humaneval_inputs_stay_lists():
    assert restore_inputs("HumanEval/2", [[[1, 2]]]) == [([1, 2],)]
