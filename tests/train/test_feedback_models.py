"""Models that repair, by kind of feedback: what the arms see, and how what they write is judged."""

import dataclasses
import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from unriddle.benchmarks.nursery import task
from unriddle.cli.main import main
from unriddle.data.formats import FORMATS
from unriddle.data.formats.base import call_of
from unriddle.data.formats.repair import KINDS, fix_all
from unriddle.data.world import generate
from unriddle.data.world.trace import run_traced
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.train.feedback_models import train_arm
from unriddle.train.feedback_plan import ARMS, FeedbackPlan, arms_of, repair_examples, repair_prompts
from unriddle.train.repairs import compared, judge_repairs, summary

PLAN = FeedbackPlan(size="200k", n_problems=40, eval_problems=6, draws=2, rows=2)


@pytest.fixture(scope="module")
def chosen():
    return repair_prompts(PLAN)


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as running:
        yield running


def bug_of(prompt):
    return prompt.partition("<|bug|>")[2].partition("<|feedback|>")[0].partition("<|program|>")[0]


def test_one_bug_is_told_in_every_kind_and_a_visible_case_shows_it():
    n = 0
    for problem in generate(levels=(1, 3), split="train", seed=4):
        made = fix_all(problem, np.random.default_rng(0))
        if not made:
            continue
        n += 1
        assert [one.task for one in made] == [f"fix_{kind}" for kind in KINDS]
        assert len({bug_of(one.prompt) for one in made}) == 1
        assert "<|feedback|>" not in made[0].prompt
        shown = made[KINDS.index("counterexample")].prompt.partition("<|feedback|>")[2]
        assert any(f", expected {value!r}<|program|>" in shown for _, value in problem.examples)
        if n == 8:
            break
    assert "fix_all" in FORMATS


def test_arms_have_the_same_bugs_in_the_same_order_and_the_control_has_the_words_of_another():
    arms = repair_examples(PLAN, 1)
    assert set(arms) == set(ARMS)
    assert len({len(examples) for examples in arms.values()}) == 1
    for rows in zip(*(arms[arm] for arm in ARMS), strict=True):
        assert len({one.problem for one in rows}) == 1
        assert len({one.target for one in rows}) == 1
        assert len({bug_of(one.prompt) for one in rows[:-1]}) == 1
    said = [one.prompt.partition("<|feedback|>")[2].partition("<|program|>")[0] for one in arms["counterexample"]]
    other = [one.prompt.partition("<|feedback|>")[2].partition("<|program|>")[0] for one in arms["shuffled"]]
    assert sorted(said) == sorted(other)
    assert sum(a == b for a, b in zip(said, other, strict=True)) <= 1  # equal words can meet, places cannot


def test_held_out_bugs_have_a_prompt_for_every_arm(chosen):
    assert len({problem.id for problem, _ in chosen}) == PLAN.eval_problems
    for problem, prompts in chosen:
        assert set(prompts) == set(ARMS)
        assert "<|bug|>" not in prompts["rewrite"]
        assert all(prompt.endswith(f"<|program|>{problem.header}") for prompt in prompts.values())


def test_without_statements_only_bug_and_feedback_are_left(chosen):
    unsaid = dataclasses.replace(PLAN, statement=False)
    found = repair_prompts(unsaid)
    assert [problem.id for problem, _ in found] == [problem.id for problem, _ in chosen]
    for (problem, prompts), (_, said) in zip(found, chosen, strict=True):
        assert set(prompts) == set(ARMS) - {"rewrite"} == set(arms_of(unsaid))
        assert all(prompt.startswith("<|statement|><|bug|>") for prompt in prompts.values())
        assert problem.statement in said["none"]
        assert all(prompts[arm].partition("<|bug|>")[2] == said[arm].partition("<|bug|>")[2] for arm in prompts)
    arms = repair_examples(unsaid, 1)
    assert set(arms) == set(arms_of(unsaid))
    assert all(one.prompt.startswith("<|statement|><|bug|>") for examples in arms.values() for one in examples)
    with pytest.raises(BadInput, match="arm must be one of none"):
        train_arm("rewrite", unsaid, Path("nowhere"))


def test_planned_values_are_those_of_the_right_program():
    problem = next(p for p in generate(levels=(3,), split="train", seed=1) if p.mutants and "\n    for " in p.program)
    made = {one.task: one.prompt for one in fix_all(problem, np.random.default_rng(0))}
    planned = made["fix_plan"].removesuffix(f"<|program|>{problem.header}").rpartition("\nplanned: ")[2]
    assert made["fix_plan"].startswith(made["fix_trace"].removesuffix(f"<|program|>{problem.header}"))
    case = next(case for case in problem.examples if f"{call_of(problem, case[0])} " in made["fix_trace"])
    values = [pair for step in run_traced(problem.program, problem.entry, case[0]).steps for pair in step.changed]
    assert planned.startswith("{} = {}".format(*values[0]))
    assert planned.endswith("{} = {}".format(*values[-1]))


def samples(chosen, path, *, right, arm="none", leave_out=0):
    rows = []
    for problem, _ in chosen:
        for draw in range(-1, PLAN.draws):
            good = right(problem, draw)
            program = task(problem).reference if good else f"{problem.header}\n    return None\n"
            rows.append({"problem": problem.id, "arm": arm, "draw": draw, "program": program})
    rows = rows[leave_out:]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    with lzma.open(path, "wt") if path.suffix == ".xz" else path.open("w") as file:
        file.write(text)
    return path


def test_programs_are_judged_on_hidden_cases(chosen, executor, tmp_path):
    first = chosen[0][0].id
    files = [
        samples(chosen, tmp_path / "none.jsonl", right=lambda problem, draw: draw == -1),
        samples(chosen, tmp_path / "t.jsonl.xz", right=lambda problem, draw: problem.id == first, arm="trace"),
    ]
    found = judge_repairs(PLAN, files, executor=executor)
    assert found.greedy["none"].all()
    assert not found.draws["none"].any()
    assert found.draws["trace"].tolist() == [[True, True]] + [[False, False]] * 5
    difference = compared(found, "trace", "none", rng=np.random.default_rng(0))
    assert difference["value"] == pytest.approx(1 / 6)
    told = summary(found)
    assert told["trace"]["pass@2"] == pytest.approx(1 / 6)
    assert told["none"]["greedy"] == 1
    with pytest.raises(BadInput, match="no arm blocks"):
        compared(found, "blocks", "none", rng=np.random.default_rng(0))


def test_missing_and_strange_samples_are_refused(chosen, executor, tmp_path):
    short = samples(chosen, tmp_path / "short.jsonl", right=lambda problem, draw: True, leave_out=1)
    with pytest.raises(BadInput, match="must have 18 samples"):
        judge_repairs(PLAN, [short], executor=executor)
    for line in ("{", "[]", '{"problem": "x", "arm": "none", "draw": 0, "program": ""}', '{"arm": 3}'):
        path = tmp_path / "strange.jsonl"
        path.write_text(line + "\n")
        with pytest.raises(BadInput, match="line 1: not a sample"):
            judge_repairs(PLAN, [path], executor=executor)
    with pytest.raises(BadInput, match="epochs"):
        dataclasses.replace(PLAN, epochs=0)


@pytest.mark.slow
def test_the_command_trains_draws_and_judges_and_goes_on(tmp_path, capsys):
    pytest.importorskip("torch")
    command = ["train", "feedback", "--out", str(tmp_path / "run"), "--size", "200k", "--problems", "60", "--bugs", "4"]
    command += ["--draws", "2", "--rows", "2", "--arm", "none", "--arm", "trace", "--levels", "1", "--json"]
    for _ in range(2):  # the second time everything is there
        with pytest.raises(SystemExit) as ended:
            main(command)
        assert ended.value.code == 0
        document = json.loads(capsys.readouterr().out)
        assert set(document["arms"]) == {"none", "trace"}
        assert 0 <= document["arms"]["trace"]["pass@1"]["value"] <= 1
    lines = (tmp_path / "run" / "trace.jsonl").read_text().splitlines()
    assert len(lines) == 4 * 3
    with pytest.raises(SystemExit) as ended:
        main([*command, "--seed", "1"])
    assert ended.value.code == 2
    assert "another" in capsys.readouterr().err


@pytest.mark.slow
def test_one_model_can_be_told_everything(tmp_path, capsys):
    pytest.importorskip("torch")
    command = ["train", "feedback", "--together", "--rounds", "2", "--no-statement", "--out", str(tmp_path / "run")]
    command += ["--size", "200k", "--problems", "40", "--bugs", "3", "--draws", "1", "--rows", "2", "--levels", "1"]
    command += ["--json"]
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document["arms"]) == {*KINDS, "shuffled"}
    assert set(document["rounds"]) == set(KINDS)
    assert all(len(numbers["repair"]) == len(numbers["again"]) == 2 for numbers in document["rounds"].values())
    kept = sorted((tmp_path / "run" / "together" / "rounds-2").iterdir())
    assert len(kept) == 2 * len(KINDS)
    before = {path: path.stat().st_mtime_ns for path in kept}
    kept[0].unlink()  # as if it had been stopped there
    with pytest.raises(SystemExit):
        main(command)
    assert json.loads(capsys.readouterr().out) == document
    assert [path for path in kept if path.stat().st_mtime_ns != before[path]] == [kept[0]]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--arm", "none"])
    assert ended.value.code == 2
    assert "--together or --arm" in capsys.readouterr().err
