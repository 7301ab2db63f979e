"""Functions over lists from examples: right on other examples, and the source says what was computed."""

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature
from unriddle.propose.expression import ERRORS
from unriddle.propose.inner_examples import Inner, filters, maps, scans, sorts
from unriddle.propose.lambdas import function_leaves
from unriddle.propose.list_operators import imports, inner_names, list_operators, number_operators
from unriddle.propose.list_programs import ListPrograms, can_list_programs
from unriddle.propose.list_search import by_size, list_expressions

XS = [(3, 1, 4, 1), (5, 9, 2), (6, 5, 3, 5, 8), (9, 7)]
VALUES = {
    "int": [0, 1, 2, 5, -1],
    "k": [2, 3],
    "bool": [True, False],
    "list[int]": [(), (1,), (3, 1, 2), (4, 4, 0, 7)],
    "list[bool]": [(), (True, False), (True, True)],
    "list[list[int]]": [((1, 2), (3,)), ((5,),)],
}


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as one:
        yield one


def problem(examples, name="f", parameter="xs"):
    tests = tuple(CallTest(name, args, expect=Returns(value)) for args, value in examples)
    return Problem("p", "", Signature(name, tuple(map(Parameter, parameter.split()))), tests=tests)


def listed(value):
    return [listed(v) for v in value] if isinstance(value, tuple) else value


def test_every_operator_computes_what_its_source_says(executor):
    """Beside a value, the function may refuse what Python allows; it may never give another value."""
    rng, lines, expected = np.random.default_rng(0), [], []
    bodies = {leaf.type: leaf for leaf in function_leaves({"xs": XS}, inner_names(["xs"])) if "xs" not in leaf.source}
    for op in [*number_operators(), *list_operators(inner_names(["xs"]))]:
        for _ in range(3):
            kinds = [bodies.get(kind, kind) for kind in op.takes]
            args = [k.column[0] if not isinstance(k, str) else VALUES[k][rng.integers(len(VALUES[k]))] for k in kinds]
            shown = [
                k.source if not isinstance(k, str) else f"({listed(a)!r})" for k, a in zip(kinds, args, strict=True)
            ]
            try:
                value = op.function(*args)
            except ERRORS:
                continue
            lines.append(f"def f{len(lines)}(): return {op.template.format(*shown)}")
            expected.append(
                CallTest(f"f{len(expected)}", expect=Returns(listed(value)), name=op.template + repr(shown))
            )
    source = "import math\nfrom functools import reduce\nfrom itertools import accumulate\n" + "\n".join(lines)
    verdicts = executor.run([Candidate(source)], [*expected])
    assert len(expected) > 150
    assert [t.name for t, good in zip(expected, verdicts.passed[0], strict=True) if not good] == []


INNER = Inner({"xs": XS}, inner_names(["xs"]), (), lambda: False, 60_000, depth=1)


def leaf():
    from unriddle.propose.expression import variable

    return variable("xs", XS, "list[int]")


def test_inner_examples_of_map_filter_scan_and_sort():
    doubled = [tuple(2 * x + 1 for x in xs) for xs in XS]
    assert next(maps(INNER, [leaf()], doubled)).source == "[x + (x + 1) for x in xs]"
    large = [tuple(x for x in xs if x > xs[0]) for xs in XS]
    assert "xs[0]" in next(filters(INNER, [leaf()], large)).source
    highest = [tuple(max(xs[: i + 1]) for i in range(len(xs))) for xs in XS]
    assert next(scans(INNER, leaf(), highest)).source == "list(accumulate(xs, lambda a, x: max(a, x)))"
    by_rest = [tuple(sorted(xs, key=lambda x: x % 3)) for xs in XS]
    assert next(sorts(INNER, leaf(), by_rest)).source == "sorted(xs, key=lambda x: x % 3)"


def test_no_function_of_an_element_where_equal_elements_give_different_results():
    goal = [(1, 2, 3, 4), (1, 1, 1), (1, 1, 1, 1, 1), (1, 1)]
    inner = Inner({}, inner_names([]), (), lambda: False, 10_000)
    made = list(maps(inner, [leaf()], goal))
    assert all("enumerate" in m.source or "range(" in m.source for m in made)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda xs: sorted(xs)[::-1],
        lambda xs: [xs[-1], *xs],
        pytest.param(lambda xs: sum(x * x for x in xs), marks=pytest.mark.slow),
        pytest.param(lambda xs: [x % 10 for x in xs if x > 2], marks=pytest.mark.slow),
        lambda xs: all(x % 2 == 0 for x in xs),
        lambda xs: [x * i for i, x in enumerate(xs)],
    ],
)
def test_what_is_found_is_right_on_other_lists(wanted, executor):
    rng = np.random.default_rng(1)
    lists = [rng.integers(0, 30, size=rng.integers(3, 8)).tolist() for _ in range(12)] + [[2, 4, 8], [4], [6, 2]]
    shown, others = [*lists[:6], lists[-1], lists[-3]], lists[6:-3]
    asked = problem([((xs,), wanted(xs)) for xs in shown])
    candidates = ListPrograms(asked, cpu_seconds=20).ask(1)
    assert candidates
    verdicts = executor.run(candidates, problem([((xs,), wanted(xs)) for xs in others]).tests)
    assert verdicts.solved().all()


def test_plain_enumeration_gives_the_smallest():
    goal = [xs[::-1] for xs in XS]
    assert next(by_size({"xs": XS}, goal, stop=lambda: False)).source == "xs[::-1]"


def test_names_of_parameters_are_not_bound_inside():
    xs = [tuple(range(n, n + 3)) for n in (1, 4, 7)]
    found = list_expressions(
        {"x": xs, "i": [2, 3, 4]}, [tuple(e * n for e in v) for v, n in zip(xs, (2, 3, 4), strict=True)]
    )
    assert found[0].source == "[y * i for y in x]"


def test_nothing_in_no_time_and_nothing_for_other_types():
    assert list_expressions({"xs": XS}, [(7, 8, 9, 1), (4,), (2, 2), ()], cpu_seconds=0.01) == []
    assert list_expressions({"xs": XS}, ["a"] * 4) == []
    assert imports("list(accumulate(xs)) + [math.prod(xs)]") == "from itertools import accumulate\nimport math\n"


def test_problems_it_is_for():
    assert can_list_programs(problem([(([1],), 1)]))
    assert not can_list_programs(problem([((1,), 1)]))
    assert not can_list_programs(problem([((["a"],), 1)]))
    assert not can_list_programs(problem([(([1],), 1), (([2],), [1])]))
    with pytest.raises(BadInput, match="problem p are no examples over whole numbers"):
        ListPrograms(problem([((["a"],), 1)]))
