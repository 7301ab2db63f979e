import ast
import itertools
import re

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.data.formats import FORMATS, fix_failure
from unriddle.data.formats.edits import edit_sequence, read_edits, replay, write_edits
from unriddle.data.lint import problem_lines
from unriddle.data.world import LEVELS, generate
from unriddle.data.world.run import call, functions
from unriddle.errors import BadInput, BadShape
from unriddle.execute import open_executor
from unriddle.outcome import Limits
from unriddle.prompt.nursery import SPECIAL_TOKENS, read_program

PROBLEMS = list(itertools.islice(generate(levels=LEVELS, split="train", seed=21), 80))


def examples(name):
    rng = np.random.default_rng(5)
    return [(p, example) for p in PROBLEMS for example in FORMATS[name](p, rng)]


def function_of(p):
    return functions([p.body], entry=p.entry, params=[name for name, _ in p.params])[0]


def arguments(call_text):
    return tuple(ast.literal_eval(argument) for argument in ast.parse(call_text, mode="eval").body.args)


@pytest.mark.parametrize("name", list(FORMATS))
def test_examples_are_whole_and_reproducible(name):
    found = examples(name)
    assert found == examples(name)
    assert len(found) >= (0.8 if name == "output_trace" else 0.95) * len(PROBLEMS)
    for p, example in found:
        assert example.problem == p.id
        assert example.task.startswith("fix_" if name == "fix_all" else name)
        assert example.prompt.startswith("<|")
        assert example.target
        assert "<|end|>" not in example.prompt + example.target


@pytest.mark.parametrize("name", ["program", "program_plain", "plan_program", "fix_none", "fix_trace"])
def test_targets_read_back_as_the_reference(name):
    for p, example in examples(name):
        assert read_program(example.target + "<|end|>", p.problem()) == p.program


def test_output_targets_are_what_running_gives():
    for p, example in [*examples("output"), *examples("output_trace")]:
        given = example.prompt.partition("<|input|>")[2].partition("<|")[0]
        value = example.target.rpartition("<|output|>")[2]
        assert call(function_of(p), arguments(given)) == ast.literal_eval(value)


def test_input_targets_give_the_output():
    for p, example in examples("input"):
        wanted = example.prompt.partition("<|output|>")[2].partition("<|")[0]
        assert call(function_of(p), arguments(example.target)) == ast.literal_eval(wanted)


def test_tests_are_true_of_the_reference():
    for p, example in examples("tests"):
        for line in example.target.split("\n"):
            given, value = line.split(" == ", 1)
            assert call(function_of(p), arguments(given)) == ast.literal_eval(value)


@pytest.mark.parametrize("kind", ["none", "error", "counterexample", "trace", "blocks"])
def test_bugs_are_wrong_and_feedback_says_what_it_should(kind):
    for p, example in examples(f"fix_{kind}"):
        bug, _, after = example.prompt.partition("<|bug|>")[2].partition("<|")
        assert bug.startswith(p.header)
        made = functions([bug[len(p.header) + 1 :] + "\n"], entry=p.entry, params=[name for name, _ in p.params])[0]
        assert any(repr(call(made, args)) != repr(value) for args, value in p.examples + p.hidden)
        feedback = after.removeprefix("feedback|>").partition("<|program|>")[0]
        assert bool(after.startswith("feedback")) == (kind != "none")
        if kind in ("counterexample", "trace", "blocks"):
            assert "expected" in feedback.split("\n")[0]
        if kind == "blocks":
            assert feedback.count("block ") >= 1 or "limit" in feedback or "does not end" in feedback


def test_edit_sequences_replay_to_the_program_through_clean_states():
    rng = np.random.default_rng(0)
    different = 0
    for p in PROBLEMS:
        lines = p.program.rstrip("\n").split("\n")
        sequences = [edit_sequence(lines, rng=rng) for _ in range(2)]
        different += sequences[0] != sequences[1]
        for sequence in sequences:
            states = replay(p.header, read_edits(write_edits(sequence)))
            assert states[-1] == p.program
            assert all(not problem_lines(state) for state in states[1:])
            assert all(set(a.split("\n")) <= set(b.split("\n")) for a, b in itertools.pairwise(states))
    assert different > 10


def test_edits_that_cannot_be_read_or_made_are_refused():
    with pytest.raises(BadInput, match="expected @NUMBER"):
        read_edits("+x = 1")
    with pytest.raises(BadInput, match="outside the text of 1 lines"):
        replay("def f():", read_edits("@3\n+    return 1"))
    with pytest.raises(BadInput, match="an error in line 2"):
        edit_sequence(["def f():", "    return y"], rng=np.random.default_rng(0))


def test_lint_sees_names_used_before_they_are_bound():
    assert problem_lines("def f(xs):\n    for x in xs:\n        t += x\n    t = 0\n    return t\n") == (3,)
    assert problem_lines("def f(xs):\n    return [y for x in xs]\n") == (2,)
    assert problem_lines("def f(n):\n    return g(n)\n\n\ndef g(n):\n    return f(n)\n") == ()
    assert problem_lines("def f(n):\n    if n:\n") == (2,)
    assert all(not problem_lines(p.program) for p in PROBLEMS)


def test_failures_of_a_model_become_fixes_and_successes_do_not():
    p = next(p for p in PROBLEMS if p.returns == "int")
    wrong = Candidate(f"{p.header}\n    return -987\n")
    raises = Candidate(f"{p.header}\n    return [][1]\n")
    endless = Candidate(f"{p.header}\n    while True:\n        pass\n")
    right = Candidate(p.program)
    with open_executor(workers=1) as executor:
        limits = Limits(cpu_seconds=0.3, max_kills=1)
        verdicts = executor.run([wrong, raises, endless, right], p.tests(p.hidden, "hidden"), limits=limits)
    made = [fix_failure(p, c, verdicts.take([i])) for i, c in enumerate((wrong, raises, endless, right))]
    assert [len(found) for found in made] == [1, 1, 1, 0]
    assert "gives -987, expected" in made[0][0].prompt
    assert "raises IndexError in line 2" in made[1][0].prompt
    assert "does not end" in made[2][0].prompt
    assert wrong.source.rstrip() in made[0][0].prompt
    assert read_program(made[0][0].target, p.problem()) == p.program
    said = fix_failure(p, wrong, verdicts.take([0]), kind="none", shown="2: x = 1")[0].prompt
    assert "<|feedback|>2: x = 1<|program|>" in said
    with pytest.raises(BadShape, match=r"\(1, m\)"):
        fix_failure(p, wrong, verdicts)
    with pytest.raises(BadInput, match="the row is of candidate"):
        fix_failure(p, right, verdicts.take([0]))
    with pytest.raises(BadInput, match="kind must be"):
        fix_failure(p, wrong, verdicts.take([0]), kind="trace")


def test_every_marker_used_is_a_special_token():
    for name in FORMATS:
        for _, example in examples(name):
            assert set(re.findall(r"<\|\w+\|>", example.prompt + example.target)) <= set(SPECIAL_TOKENS)
