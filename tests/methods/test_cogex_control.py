"""The control of CoGEX: an emulator that heeds its program loses by having it replaced, any other one does not."""

import numpy as np
import pytest

from unriddle.errors import BadInput, BadShape
from unriddle.execute import open_executor
from unriddle.methods.cogex import PseudoProgram, run_emulator, shuffle_control

PROGRAMS = [PseudoProgram(f"def f(x):\n    return {n} * x\n") for n in range(5)]
DATA = [(x, 2 * x) for x in range(1, 41)]
RIGHT = [PROGRAMS[2]] * len(DATA)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_an_emulator_that_runs_the_program_loses_all_of_it():
    with open_executor(workers=1) as executor:
        emulate = run_emulator("", executor=executor)
        found = shuffle_control(RIGHT, DATA, emulate=emulate, pool=PROGRAMS, rng=rng())
    assert (found.own, found.shuffled, found.drop, found.same, found.n) == (1, 0, 1, 0, 40)
    assert found.heeded


def test_an_emulator_that_ignores_the_program_loses_nothing():
    found = shuffle_control(
        RIGHT, DATA, emulate=lambda program, inputs: [2 * x for x in inputs], pool=PROGRAMS, rng=rng()
    )
    assert (found.own, found.shuffled, found.drop, found.low, found.high, found.same) == (1, 1, 0, 0, 0, 1)
    assert not found.heeded


def test_other_programs_that_are_right_too_keep_the_score_up():
    twin = PseudoProgram("def f(x):\n    return x + x\n")
    rule = {PROGRAMS[2]: 2, twin: 2, PROGRAMS[3]: 3}

    def emulate(program, inputs):
        return [rule[program] * x for x in inputs]

    found = shuffle_control(RIGHT, DATA, emulate=emulate, pool=[twin, PROGRAMS[3]], rng=rng())
    assert 0.25 < found.shuffled < 0.75
    assert found.shuffled == found.same == pytest.approx(1 - found.drop)
    assert found.low < found.drop < found.high


def test_each_example_has_its_own_program_and_never_keeps_it():
    given = []

    def emulate(program, inputs):
        given.extend((program, x) for x in inputs)
        return [None] * len(inputs)

    programs = [PROGRAMS[j % 5] for j in range(20)]
    found = shuffle_control(programs, DATA[:20], emulate=emulate, pool=PROGRAMS, rng=rng())
    first, second = ({x: program for program, x in part} for part in (given[:20], given[20:]))
    assert [first[x] for x, _ in DATA[:20]] == programs
    assert all(second[x] != first[x] for x, _ in DATA[:20])
    assert (found.own, found.same) == (0, 1)


def test_the_draw_comes_from_the_generator():
    def emulate(program, inputs):
        return [PROGRAMS.index(program) * x for x in inputs]

    found = [shuffle_control(PROGRAMS * 8, DATA, emulate=emulate, pool=PROGRAMS, rng=rng(s)) for s in (0, 0, 1)]
    assert found[0] == found[1] != found[2]


def test_bad_arguments_are_named():
    def emulate(program, inputs):
        return list(inputs)

    with pytest.raises(BadShape, match="1 programs for 2 examples"):
        shuffle_control(PROGRAMS[:1], DATA[:2], emulate=emulate, pool=PROGRAMS, rng=rng())
    with pytest.raises(BadInput, match="no examples"):
        shuffle_control([], [], emulate=emulate, pool=PROGRAMS, rng=rng())
    for pool in [], PROGRAMS[:1]:
        with pytest.raises(BadInput, match="no other program than f"):
            shuffle_control(PROGRAMS[:1], DATA[:1], emulate=emulate, pool=pool, rng=rng())
    with pytest.raises(BadInput, match="0 answers to 1 inputs"):
        shuffle_control(PROGRAMS[:1], DATA[:1], emulate=lambda p, i: [], pool=PROGRAMS, rng=rng())
