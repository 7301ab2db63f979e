import numpy as np
import pytest

from unriddle.errors import BadInput, BadShape
from unriddle.execute import open_executor
from unriddle.execute.coverage import cover_calls
from unriddle.language.python import signature
from unriddle.outcome import Limits, Status
from unriddle.problem import Parameter, Signature
from unriddle.testgen.guided import GuidedInputs
from unriddle.testgen.validated import Reference, validated_inputs

STEPS = """def f(s: str) -> int:
    if len(s) > 3:
        if s[0] == "q":
            if s[1] == "z":
                if s[2] == "!":
                    return 4
                return 3
            return 2
        return 1
    return 0
"""


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as running:
        yield running


def reached(executor, *, steered, rounds=25, seed=0):
    """Values that were returned after rounds of 40 inputs."""
    guide = GuidedInputs(signature(STEPS, "f"), [("abcd",)], np.random.default_rng(seed))
    seen = set()
    for _ in range(rounds):
        inputs = guide.ask(40)
        ((_, covered),) = cover_calls([(STEPS, "f", inputs)], executor=executor)
        seen |= {v for v in covered.values if v is not None}
        if steered:
            guide.tell(inputs, [covered])
    return len(seen)


def test_steering_by_coverage_goes_deeper(executor):
    """Nothing is harvested here, so that each letter has to be found while the earlier ones are kept."""
    steered = sum(reached(executor, steered=True, seed=s) for s in range(3))
    blind = sum(reached(executor, steered=False, seed=s) for s in range(3))
    assert steered > blind


def test_known_inputs_come_first_and_none_comes_twice():
    guide = GuidedInputs(Signature("f", (Parameter("n", "int"),)), [(7,), (8,)], np.random.default_rng(0))
    first, more = guide.ask(2), guide.ask(60)
    assert first == [(7,), (8,)]
    assert len({repr(a) for a in first + more}) == 62
    assert all(type(n) is int for (n,) in more)


def test_a_small_space_is_exhausted():
    guide = GuidedInputs(Signature("f", (Parameter("flag", "bool"),)), [], np.random.default_rng(0))
    assert sorted(guide.ask(10)) == [(False,), (True,)]
    assert guide.ask(10) == []


def test_what_is_not_accepted_is_never_asked():
    even = GuidedInputs(
        Signature("f", (Parameter("n", "int"),)), [(2,)], np.random.default_rng(0), accepts=lambda a: a[0] % 2 == 0
    )
    assert all(n % 2 == 0 for (n,) in even.ask(50))


def test_equal_seeds_and_coverage_give_equal_inputs():
    made = [GuidedInputs(Signature("f", (Parameter("s", "str"),)), [("ab",)], np.random.default_rng(3)) for _ in "ab"]
    assert made[0].ask(50) == made[1].ask(50)


def test_coverage_of_other_inputs_is_refused(executor):
    guide = GuidedInputs(Signature("f", (Parameter("s", "str"),)), [], np.random.default_rng(0))
    ((_, covered),) = cover_calls([(STEPS, "f", [("a",)])], executor=executor)
    with pytest.raises(BadShape, match=r"\(2, "):
        guide.tell([("a",), ("b",)], [covered])
    with pytest.raises(BadInput):
        guide.tell([("a",)], [])


def validated(executor, source, known, n=60, **options):
    reference = Reference("t", "f", source, signature(source, "f"), tuple(known))
    return validated_inputs([reference], n=n, executor=executor, rng=np.random.default_rng(0), **options)[0]


def test_inputs_meet_the_contract_of_the_reference(executor):
    source = "def f(xs, k):\n    assert 0 <= k < len(xs)\n    return sorted(xs)[k]\n"
    found = validated(executor, source, [([3, 1], 0), ([5], 0)])
    assert len(found.inputs) == 60
    assert all(0 <= k < len(xs) for xs, k in found.inputs)
    assert found.n_refused > 0
    assert (found.covered.status == Status.PASS).all()
    assert len(found.covered.values) == 60


@pytest.mark.parametrize(
    "body", ["import random\n    return random.random() * x", "L.append(x)\n    return len(L)", "return id(object())"]
)
def test_references_that_vary_are_named_and_give_no_inputs(executor, body):
    found = validated(executor, f"L = []\ndef f(x: int):\n    {body}\n", [(1,), (2,)], n=10)
    assert found.unsteady or "id(" in body
    assert not found.unsteady or found.inputs == []


def test_endless_calls_are_ended_and_counted(executor):
    source = "def f(n: int):\n    while n < 0:\n        pass\n    return n\n"
    found = validated(executor, source, [(1,)], n=20, limits=Limits(cpu_seconds=0.2, max_kills=2), most_run=2)
    assert found.n_ended > 0
    assert all(n >= 0 for (n,) in found.inputs)


def test_a_reference_that_never_returns_plain_data_gives_nothing(executor):
    assert validated(executor, "def f(x: int):\n    return object()\n", [(1,)], n=5, most_run=2).inputs == []
