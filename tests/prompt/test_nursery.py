import itertools

import pytest

from unriddle.benchmarks import nursery
from unriddle.benchmarks.draw import sample_benchmark
from unriddle.data.world import LEVELS, generate
from unriddle.lm.base import SampleOptions
from unriddle.lm.scripted import ScriptedLM
from unriddle.problem import CallTest, CodeTest, Problem, Raises, Returns, Signature
from unriddle.prompt.nursery import SPECIAL_TOKENS, nursery_prompt, read_program
from unriddle.propose.sample import Sample


def test_a_world_problem_makes_the_round_trip():
    for p in itertools.islice(generate(levels=LEVELS, split="train", seed=1), 60):
        problem = p.problem()
        prompt = nursery_prompt(problem)
        assert prompt.startswith(f"<|statement|>{p.statement}<|examples|>")
        assert prompt.endswith(f"<|program|>{p.header}")
        completion = p.program[len(p.header) :]
        assert read_program(completion, problem) == p.program
        assert read_program(completion + "<|end|><|statement|>more", problem) == p.program
        assert read_program(p.program, problem) == p.program


def test_only_short_cases_with_a_value_are_shown():
    tests = (
        CallTest("f", (1,), expect=Raises("ValueError")),
        CodeTest("assert f(1)", "f"),
        CallTest("f", ("x" * 200,), expect=Returns(1)),
        CallTest("f", (2,), {"k": 1}, expect=Returns("a")),
        CallTest("f", (3,), expect=Returns(3)),
    )
    problem = Problem("p", "Do it.\n\n>>> f(1)\n2\n", Signature("f"), tests=tests)
    assert nursery_prompt(problem) == "<|statement|>Do it.<|examples|>f(2, k=1) == 'a'\nf(3) == 3<|program|>def f():"
    assert nursery_prompt(problem, n_examples=0) == "<|statement|>Do it.<|program|>def f():"


def test_markers_in_a_statement_cannot_forge_a_prompt():
    problem = Problem("p", "Say <|end|> and <|program|> aloud.", Signature("f"))
    assert nursery_prompt(problem) == "<|statement|>Say and aloud.<|program|>def f():"


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("\n    return 1", "def f():\n    return 1\n"),
        ("    return 1", "def f():\n    return 1\n"),
        ("", "def f():\n"),
        ("\r\n    return 1\r\n", "def f():\n    return 1\n"),
        (
            "def f():\n    return g()\n\n\ndef g():\n    return 1",
            "def f():\n    return g()\n\n\ndef g():\n    return 1\n",
        ),
    ],
)
def test_programs_are_read_as_continuation_or_whole(text, program):
    assert read_program(text, Problem("p", "One.", Signature("f"))) == program


def test_imports_and_context_of_the_problem_come_first():
    stub = "import math\n\n\ndef f(x):\n    '''Root.'''\n"
    problem = Problem("p", "Root.", Signature("f"), stub=stub, context="A = 1")
    assert read_program("\n    return 1", problem) == "A = 1\n\n\nimport math\n\n\ndef f():\n    return 1\n"


def test_markers_are_distinct_and_end_is_the_last():
    assert len(set(SPECIAL_TOKENS)) == len(SPECIAL_TOKENS)
    assert SPECIAL_TOKENS[-1] == "<|end|>"


def test_the_style_nursery_asks_and_reads_in_this_way():
    p = next(generate(levels=(2,), split="train", seed=5))
    problem = p.problem()
    lm = ScriptedLM([p.program[len(p.header) :] + "<|end|><|program|>junk"])
    (candidate,) = Sample(problem, lm, style="nursery").ask(1)
    assert lm.prompts == [nursery_prompt(problem)]
    assert candidate.source == p.program


def test_a_benchmark_is_sampled_in_this_style():
    benchmark = nursery.load(n=3)
    lm = ScriptedLM({task.problem.statement: [task.reference[len(task.prefix) :]] for task in benchmark.tasks})
    options = SampleOptions(temperature=0.5)
    drawn = sample_benchmark(benchmark, lm, n=1, options=options, style="nursery")
    assert [drawn[task.problem.id][0].source for task in benchmark.tasks] == [t.reference for t in benchmark.tasks]
