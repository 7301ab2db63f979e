import ast
import copy
import itertools
import random
import re

import pytest

from unriddle.candidate import Candidate
from unriddle.data.world import LEVELS, WorldProblem, generate
from unriddle.data.world.check import outputs
from unriddle.data.world.generate import draft_of
from unriddle.data.world.kinds import BANK_SIZE, NAMES, bank
from unriddle.data.world.mutate import mutants
from unriddle.data.world.problem import ideas_of
from unriddle.data.world.run import FAILED, call, functions
from unriddle.data.world.split import structure_held_out
from unriddle.errors import BadInput
from unriddle.execute import open_executor


def some(n: int, *, levels=LEVELS, split="train", seed=0) -> list[WorldProblem]:
    return list(itertools.islice(generate(levels=levels, split=split, seed=seed), n))


def test_equal_seeds_give_equal_problems_and_other_seeds_others():
    first = some(60, seed=4)
    assert first == some(60, seed=4)
    assert {p.behaviour for p in first} != {p.behaviour for p in some(60, seed=5)}


def test_no_behaviour_comes_twice_in_a_stream():
    problems = some(800, levels=(1,))
    assert len({p.behaviour for p in problems}) == len({p.id for p in problems}) == 800


@pytest.mark.parametrize("split", ["train", "held_out"])
def test_references_pass_their_own_cases_in_the_sandbox(split):
    problems = some(50, split=split, seed=11)
    groups = [
        ([Candidate(p.program)], (*p.tests(p.examples, "example"), *p.tests(p.hidden, "hidden"))) for p in problems
    ]
    with open_executor(workers=2) as executor:
        for _, verdicts in executor.run_groups(groups):
            assert verdicts.solved().all()


def test_hidden_cases_kill_the_mutants_and_others_are_said_to_live():
    problems = some(150, seed=2)
    for p in problems:
        names = [name for name, _ in p.params]
        made = functions([text[len(p.header) + 1 :] for text in p.mutants], entry=p.entry, params=names)
        for function in made:
            values = [call(function, args) for args, _ in p.hidden]
            wanted = [value for _, value in p.hidden]
            assert any(type(a) is not type(b) or a != b for a, b in zip(values, wanted, strict=True)), p.program
        assert 1 <= len(p.mutants) == p.difficulty.n_killed <= p.difficulty.n_mutants
    share = sum(p.difficulty.n_killed for p in problems) / sum(p.difficulty.n_mutants for p in problems)
    assert share > 0.85


def test_examples_are_not_among_the_hidden_cases():
    for p in some(100):
        assert len(p.examples) == 3
        assert len(p.hidden) >= 8
        assert not {repr(case) for case in p.examples} & {repr(case) for case in p.hidden}


def test_running_programs_and_mutants_leaves_the_bank_as_it_was():
    kinds = list(itertools.product(NAMES, repeat=1)) + list(itertools.product(NAMES, repeat=2))
    before = copy.deepcopy({types: bank(types) for types in kinds})
    some(300, seed=8)
    assert before == {types: bank(types) for types in kinds}


def test_the_bank_of_a_signature_has_distinct_inputs_of_its_types():
    for types in itertools.product(NAMES, repeat=2):
        rows = bank(types)
        assert len(rows) == len({repr(row) for row in rows}) == BANK_SIZE
        for row in rows:
            for value, kind in zip(row, types, strict=True):
                assert type(value).__name__ == kind.partition("[")[0]


def test_programs_use_every_argument_and_are_small():
    for p in some(400, seed=3):
        assert p.statement[0].isupper()
        assert p.statement.endswith(".")
        used = {node.id for node in ast.walk(ast.parse(p.program)) if isinstance(node, ast.Name)}
        for name, _ in p.params:
            assert name in used, p.program
            assert re.search(rf"\b{name}\b", p.statement), p.statement
        assert p.difficulty.n_lines <= 16


def test_levels_1_and_2_are_short_and_higher_levels_are_harder_by_measure():
    by_level = {level: some(150, levels=(level,), seed=6) for level in LEVELS}

    def mean(level, of):
        return sum(of(p) for p in by_level[level]) / len(by_level[level])

    for level in (1, 2):
        assert 8 <= mean(level, lambda p: len(p.statement.split())) <= 25
    lines = [mean(level, lambda p: p.difficulty.n_lines) for level in LEVELS]
    nodes = [mean(level, lambda p: p.difficulty.n_nodes) for level in LEVELS]
    assert lines[0] == 1.0
    assert lines[0] < lines[1] < lines[2]
    assert lines[1] < min(lines[2:])
    assert nodes[0] < nodes[1] < nodes[2]


@pytest.mark.parametrize("n_drafts", [1500, pytest.param(20_000, marks=pytest.mark.slow)])
def test_every_idea_of_a_held_out_problem_is_learned_in_training_at_its_level_or_below(n_drafts):
    rng = random.Random(0)
    learned: set[str] = set()
    for level in LEVELS:
        drafts = [draft_of(level, rng) for _ in range(n_drafts)]
        learned |= {idea for d in drafts if not structure_held_out(d.structure) for idea in ideas_of(d.structure)}
        asked = {idea for d in drafts if structure_held_out(d.structure) for idea in ideas_of(d.structure)}
        assert asked <= learned, (level, asked - learned)


@pytest.mark.slow
def test_ideas_of_accepted_held_out_problems_are_in_accepted_training_problems():
    learned: set[str] = set()
    for level in LEVELS:
        learned |= {idea for p in some(700, levels=(level,), seed=1) for idea in p.ideas}
        asked = {idea for p in some(60, levels=(level,), split="held_out", seed=1) for idea in p.ideas}
        assert asked <= learned, (level, asked - learned)


def test_loops_that_a_mutation_made_endless_end():
    body = "    while n > 0:\n        n = n + 1\n    return n\n"
    assert call(functions([body], entry="f", params=["n"])[0], (1,)) is FAILED
    own = "    return f(n + 1)\n"
    assert call(functions([own], entry="f", params=["n"])[0], (1,)) is FAILED


def test_helpers_of_several_programs_from_one_compile_do_not_meet():
    bodies = [f"    return help(n)\n\n\ndef help(n):\n    return n + {k}\n" for k in (1, 2)]
    first, second = functions(bodies, entry="f", params=["n"])
    assert (first(1), second(1), first(1)) == (2, 3, 2)


def test_mutants_differ_in_one_token_and_strings_are_taken_whole():
    text = '    return s.replace("a-b", "") + "x" if n >= 10 else s[::-1]'
    found = mutants(text, n=50, rng=random.Random(1))
    assert len(found) == len(set(found)) > 5
    assert all(text != mutant for mutant in found)
    assert not any("a+b" in mutant for mutant in found)


def test_large_values_are_no_values():
    assert call(lambda: 10**7, ()) is FAILED
    assert call(lambda: "x" * 100, ()) is FAILED
    assert call(lambda: [1, 2], ()) == [1, 2]


def test_outputs_of_a_problem_are_those_behind_its_cases():
    for p in some(40, seed=9):
        table = dict(zip(map(repr, bank(p.types)), outputs(p), strict=True))
        assert all(table[repr(args)] == value for args, value in p.examples + p.hidden)


@pytest.mark.parametrize(
    "asked",
    [{"levels": ()}, {"levels": (0,)}, {"levels": (1, 6)}, {"levels": ("1",)}, {"split": "test"}, {"seed": 0.5}],
)
def test_bad_requests_are_refused_at_once(asked):
    with pytest.raises(BadInput, match="generate: "):
        generate(**{"levels": (1,), "split": "train", "seed": 0, **asked})
