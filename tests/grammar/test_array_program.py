"""Array programs: keys that do not lie, liveness, text and back, guards, mutations, algebra."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle.errors import BadInput, BadShape
from unriddle.grammar.array_functions import FUNCTIONS
from unriddle.grammar.array_mutate import mutate_program, random_program
from unriddle.grammar.array_program import ArrayProgram, Statement, abstract_execute, program_space
from unriddle.grammar.array_run import compile_program, run_program
from unriddle.grammar.array_simplify import live_program, reduce_program, simplify
from unriddle.grammar.array_text import read_program, show_program

A = np.zeros((2, 3))
SPACE = program_space({"w": A, "g": A, "m": A, "lr": 1.0}, {"update": A, "m": A}, name="train")
START = "def train(w, g, m, lr):\n    m = interp(g, m, 0.9)\n    update = m * lr\n    return update, m\n"


def program(*lines, space=SPACE):
    names, ends = (", ".join(name for name, _ in part) for part in (space.inputs, space.outputs))
    body = "".join(f"    {line}\n" for line in lines)
    return read_program(f"def {space.name}({names}):\n{body}    return {ends}\n", space)


def inputs(rng, rows=20):
    return {name: rng.normal(size=(rows, *shape[1:]) if len(shape) > 1 else 1) for name, shape in SPACE.inputs}


def same(one, other):
    return all(np.array_equal(one[key], other[key], equal_nan=True) for key in one)


def walk(seed, n):
    rng = np.random.default_rng(seed)
    current = read_program(START, SPACE)
    for _ in range(n):
        current = mutate_program(current, rng=rng)
        yield current


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_equal_keys_mean_equal_outputs_and_dead_statements_change_nothing(seed):
    data = inputs(np.random.default_rng(seed + 1))
    seen = {}
    for one in walk(seed, 40):
        outputs = run_program(one, data)
        assert same(outputs, seen.setdefault(abstract_execute(one).key, outputs))
        assert same(outputs, run_program(live_program(one), data))
        with np.errstate(all="ignore"):
            everything = compile_program(one, live_only=False)(*data.values())
        assert same(outputs, dict(zip(outputs, everything, strict=True)))
        assert read_program(show_program(one), SPACE) == one


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_algebra_keeps_the_updates_of_repeated_calls(seed):
    rng = np.random.default_rng(seed)
    for one in walk(seed, 30):
        short = reduce_program(one)
        assert abstract_execute(short).fault == ""
        data = inputs(rng, rows=4)
        states, clear = [data["m"], data["m"]], True
        for _ in range(3):
            out = [run_program(p, {**data, "m": state}) for p, state in zip((one, short), states, strict=True)]
            values = np.concatenate([out[0]["update"], out[0]["m"]])
            clear = clear and bool(np.isfinite(values).all() and np.abs(values).max() < 1e4)
            if not clear or _jumps(one):
                break
            assert out[1]["update"] == pytest.approx(out[0]["update"], rel=1e-6, abs=1e-8)
            states = [part["m"] for part in out]


def _jumps(one):
    """Whether rounding can be magnified: steps, and quotients or powers of what may be nearly 0."""
    return any(s.function in ("round", "floor", "less", "sign", "where", "tan", "power", "divide", "reciprocal",
                              "normalize", "clip_norm", "arctan2", "log", "log1p", "cbrt", "sqrt", "arccos", "arcsin")
               for s in one.statements)  # fmt: skip


def test_key_knows_commutative_arguments_and_copies_but_not_other_orders():
    one = program("t = g + m", "update = t * lr")
    assert abstract_execute(one).key == abstract_execute(program("u = m + g", "x = u", "update = lr * x")).key
    minus = program("t = g - m", "update = t * lr"), program("t = m - g", "update = t * lr")
    assert len({abstract_execute(p).key for p in (*minus, one)}) == 3
    assert abstract_execute(program("z = exp(g)", "update = g * lr", "update = m * lr")).live == (2,)


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        ([Statement("update", "add", ("g", "nowhere"))], "statement 0: nowhere has no value yet"),
        ([Statement("update", "sum", ("g",))], "output update must have shape (2, 3), got (2, 1)"),
        ([Statement("update", "add", ("g",))], "no function add of 1 arguments"),
        ([Statement("update", "copy", ("g",))] * 61, "more than 60 statements"),
    ],
)
def test_invalid_programs_say_why(statements, fault):
    bad = ArrayProgram(SPACE, tuple(statements))
    assert fault in abstract_execute(bad).fault
    with pytest.raises(BadInput, match="valid"):
        run_program(bad, {"w": A, "g": A, "m": A, "lr": 1.0})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def train(", "Python source"),
        ("x = 1", "expected one function"),
        ("def train(w):\n    return w", "parameters must be w, g, m, lr"),
        (START.replace("m * lr", "__import__('os')"), "no function '__import__'"),
        (START.replace("m * lr", "m.T"), "line 3: expected a variable, number or call"),
        (START.replace("m * lr", "m * 1e999"), "expected a variable, number or call"),
        (START.replace("    update = m * lr\n", "    while 1: pass\n"), "line 3: expected `variable ="),
        (START.replace("return update, m", "return m, update"), "must end with `return update, m`"),
        (START.replace("update = m * lr", "update = q * lr"), "q has no value yet"),
    ],
)
def test_source_that_is_no_program_is_refused(source, message):
    with pytest.raises(BadInput, match=message.replace("(", r"\(")):
        read_program(source, SPACE)


def test_guards_and_shapes():
    space = program_space({"a": [0.0], "b": [0.0]}, {"y": [0.0]})
    value = lambda text, a, b: run_program(program(f"y = {text}", space=space), {"a": a, "b": b})["y"].tolist()  # noqa: E731
    assert value("a / b", [1.0, 6.0], [0.0, 3.0]) == [0.0, 2.0]
    assert value("sqrt(a)", [-4.0, 9.0], [0.0]) == [0.0, 3.0]
    assert value("a / sqrt(a * a)", [0.0, -3.0], [0.0]) == [0.0, -1.0]
    assert value("interp(a, b, 0.9)", [1.0], [2.0]) == pytest.approx([1.9])
    assert value("clip_norm(a, 1)", [3.0, 4.0], [0.0]) == pytest.approx([0.6, 0.8])
    with pytest.raises(BadShape, match="1 axes"):
        value("a", np.zeros((2, 2)), [0.0])
    assert len(FUNCTIONS) >= 45


def test_commutative_functions_are_so_to_the_last_bit_and_reductions_keep_the_axis():
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(50, 4)) * 10.0 ** rng.integers(-8, 8, size=(50, 1)) for _ in range(2))
    for function in FUNCTIONS.values():
        args = [a, b, np.array([0.3])][: function.arity]
        with np.errstate(all="ignore"):
            value = function.call(*args)
            assert value.shape == ((50, 1) if function.reduces else (50, 4))
            if function.commutative:
                assert np.array_equal(value, function.call(*args[::-1]))


def test_mutations_of_one_kind_only_change_that():
    rng = np.random.default_rng(1)
    one = read_program(START, SPACE)
    for _ in range(50):
        child = mutate_program(one, rng=rng, kinds=("constant",))
        assert [(s.target, s.function) for s in child.statements] == [(s.target, s.function) for s in one.statements]
        assert child.statements[0].args[:2] == ("g", "m")
        assert len(mutate_program(one, rng=rng, kinds=("insert",)).statements) == 3
    with pytest.raises(BadInput, match="allow other kinds"):
        mutate_program(program("update = g * lr"), rng=rng, kinds=("constant",))
    drawn = random_program(one, n_statements=6, rng=rng)
    assert len(drawn.statements) == 6
    assert not abstract_execute(drawn).fault
    fixed = dataclasses.replace(SPACE, constants=(0.5,))
    child = mutate_program(read_program(START.replace("0.9", "1.0"), fixed), rng=rng, kinds=("constant",))
    assert child.statements[0].args[2] == 0.5 or child.statements[0].args[2] > 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("update = g / sqrt(g * g)",), "update = sign(g)"),
        (("update = g / abs(g)",), "update = sign(g)"),
        (("a = interp(w, g, 0.5)", "update = interp(w, a, 0.5)"), "update = interp(w, g, 0.25)"),
        (("update = (g * 2) * 3",), "update = g * 6.0"),
        (("update = sign(clip(arcsin(tanh(g)) * 3, -2, 1))",), "update = sign(g)"),
        (("update = interp(g, w, 0) + 0 * 5",), "update = copy(g)"),
        (("update = g / sqrt(interp(square(g), 0, 0.75))",), "t1 = sign(g); update = t1 * 2.0"),
        (("m = sin(m)", "update = g * lr"), "update = g * lr"),
    ],
)
def test_algebra(lines, expected):
    text = show_program(reduce_program(program(*lines)))
    assert "; ".join(line.strip() for line in text.splitlines()[1:-1]) == expected


def test_states_that_trade_places_stay_right():
    space = program_space({"a": A, "b": A}, {"a": A, "b": A})
    swap = program("t = a", "a = b", "b = t", space=space)
    data = {"a": A + 1, "b": A + 2}
    assert same(run_program(reduce_program(swap), data), {"a": A + 2, "b": A + 1})


def test_removal_keeps_what_the_fitness_needs():
    data = inputs(np.random.default_rng(3))
    goal = data["g"] * 2 + np.sin(data["g"] * 0.001) ** 2
    one = program("x = sin(g * 0.001)", "update = g * 2 + x * x", "m = m + g")
    fitness = lambda p: -float(np.abs(run_program(p, data)["update"] - goal).max())  # noqa: E731
    short = simplify(one, fitness, tol=0.001)
    assert [s.function for s in short.statements] == ["multiply"]
    assert len(simplify(one, fitness, tol=0.0).statements) > 3
    with pytest.raises(BadInput, match="tol"):
        simplify(one, fitness, tol=-1)


def test_a_space_needs_names_that_no_function_has():
    with pytest.raises(BadInput, match="'add' cannot be a variable"):
        program_space({"add": 1.0}, {"y": 1.0})
    with pytest.raises(BadInput, match="names of functions"):
        dataclasses.replace(SPACE, functions=("no_such",))
