import itertools
import sys

from unriddle.data.world import LEVELS, generate
from unriddle.data.world.parts import parts
from unriddle.data.world.trace import run_blocks, run_traced

LOOP = "def f(xs):\n    t = 0\n    for x in xs:\n        if x > 1:\n            t += x\n    return t\n"


def test_a_trace_shows_lines_and_changes_in_order():
    run = run_traced(LOOP, "f", ([1, 2],))
    assert [(step.line, step.changed) for step in run.steps] == [
        (2, (("t", "0"),)),
        (3, (("x", "1"),)),
        (4, ()),
        (3, (("x", "2"),)),
        (4, ()),
        (5, (("t", "2"),)),
        (3, ()),
        (6, ()),
    ]
    assert (run.value, run.error, run.line) == (2, "", 0)


def test_errors_and_endless_loops_end_the_trace():
    run = run_traced("def f(x):\n    y = 1\n    return y // x\n", "f", (0,))
    assert (run.error, run.line, run.value) == ("ZeroDivisionError", 3, None)
    run = run_traced("def f(x):\n    while True:\n        x += 1\n", "f", (0,), max_steps=50)
    assert (run.error, len(run.steps)) == ("limit", 50)
    assert sys.gettrace() is None


def test_calls_show_their_arguments():
    run = run_traced("def f(n):\n    if n < 1:\n        return 0\n    return f(n - 1) + n\n", "f", (2,))
    assert [step.changed for step in run.steps if step.changed] == [(("n", "1"),), (("n", "0"),)]
    assert {step.frame for step in run.steps} == {0, 1, 2}


def test_blocks_join_to_the_lines_executed_and_their_states_meet():
    for p in itertools.islice(generate(levels=(3, 4), split="train", seed=2), 60):
        run = run_traced(p.program, p.entry, p.examples[0][0])
        blocks = run_blocks(p.program, run)
        assert [line for lines, _, _ in blocks for line in lines] == [step.line for step in run.steps]
        if all(step.frame == 0 for step in run.steps):
            assert all(a[2] == b[1] for a, b in itertools.pairwise(blocks))


def test_tracing_does_not_change_what_comes_back():
    for p in itertools.islice(generate(levels=LEVELS, split="train", seed=4), 120):
        for args, value in p.examples:
            run = run_traced(p.program, p.entry, args, max_steps=5000)
            assert (run.value, run.error) == (value, "")


def test_parts_end_with_the_whole_and_leave_loop_variables_alone():
    seen = 0
    for p in itertools.islice(generate(levels=(1, 2), split="train", seed=4), 120):
        args, value = p.examples[0]
        shown = parts(p, args)
        if shown:
            seen += 1
            assert shown[-1][1] == repr(value)
    assert seen > 60
