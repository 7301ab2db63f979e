"""From nothing to a model folder, on the generated world; plans that are kept, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unriddle.benchmarks import nursery as world
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.lm import ScriptedLM, TransformersLM
from unriddle.problem import Problem
from unriddle.train.evaluation import judge_model
from unriddle.train.metrics import plot, read_metrics, sparkline
from unriddle.train.nursery import Grown, grow
from unriddle.train.recipes import PRESETS, Recipe, preset

torch = pytest.importorskip("torch")

TINY = Recipe(
    size="200k",
    n_problems=300,
    levels=((1, 1.0),),
    tokens=24 * 2048,
    n_evaluations=2,
    eval_problems=4,
    eval_levels=(1,),
    final_problems=6,
    final_draws=3,
)


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def grown(executor: Executor, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    return grow(TINY, out=tmp_path_factory.mktemp("grown") / "run", executor=executor, seed=3)


def test_a_run_leaves_a_model_its_log_and_its_picture(grown: Grown) -> None:
    out = grown.folder.parent
    assert grown.trained.steps == 24
    rows = read_metrics(out / "metrics.jsonl")
    losses = [row["loss"] for row in rows if "loss" in row]
    assert losses[-1] < 0.7 * losses[0]
    assert [row["step"] for row in rows if "eval" in row] == [12, 24]
    assert set(rows[-1]["eval"]) == {"pass@1 level 1"}
    pytest.importorskip("matplotlib")
    assert (out / "curve.png").read_bytes().startswith(b"\x89PNG")
    lm = TransformersLM(grown.folder)
    assert len(lm.sample(["<|statement|>Give the sum of xs.<|program|>def f(xs: list[int]) -> int:"])[0]) == 1
    about = json.loads((grown.folder / "unriddle.json").read_text())
    assert (about["prompt"], about["seed"], about["recipe"]["size"]) == ("nursery", 3, "200k")
    assert set(grown.evaluation) == {"level 1"}
    assert set(grown.evaluation["level 1"]["pass@1"]) == {"value", "low", "high"}
    json.dumps(grown.as_dict())


def test_a_finished_run_resumed_gives_the_same_model(grown: Grown, executor: Executor) -> None:
    before = (grown.folder / "model.safetensors").read_bytes()
    again = grow(TINY, out=grown.folder.parent, executor=executor, seed=3, resume=True)
    assert (grown.folder / "model.safetensors").read_bytes() == before
    assert again.evaluation == grown.evaluation
    assert again.trained.evaluation == grown.trained.evaluation
    assert again.trained.loss == grown.trained.loss


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resume": False}, "holds a run already"),
        ({"seed": 4}, "another seed: 3, now 4"),
        ({"shuffle_pairs": True}, "another shuffle_pairs"),
        ({"recipe": dataclasses.replace(TINY, lr=0.5)}, r"another recipe \(lr\): 0\.01, now 0\.5"),
    ],
)
def test_another_run_in_the_same_folder_is_refused(
    grown: Grown, executor: Executor, change: dict[str, Any], message: str
) -> None:
    options = {"recipe": TINY, "seed": 3, "resume": True, **change}
    recipe = options.pop("recipe")
    with pytest.raises(BadInput, match=message):
        grow(recipe, out=grown.folder.parent, executor=executor, **options)


def test_minutes_fix_the_plan_once(executor: Executor, tmp_path: Path) -> None:
    small = dataclasses.replace(TINY, n_problems=60, rows=1, row_tokens=128, n_evaluations=0, final_problems=1)
    said: list[str] = []
    first = grow(small, out=tmp_path / "run", executor=executor, minutes=0.005, say=said.append)
    assert any("planned for 0.005 minutes" in line for line in said)
    assert first.recipe.tokens % 128 == 0
    again = grow(small, out=tmp_path / "run", executor=executor, minutes=9, resume=True)
    assert again.recipe.tokens == first.recipe.tokens
    with pytest.raises(BadInput, match="minutes must be more than 0"):
        grow(small, out=tmp_path / "other", executor=executor, minutes=-1)


def test_presets_are_recipes() -> None:
    assert [recipe.size for recipe in preset("base")] == ["5m", "20m", "100m"]
    assert preset("small", size="5m") == (Recipe(size="5m"),)
    (twenty,) = preset("base", size="20m")
    assert twenty == PRESETS["base"][1]
    assert Recipe().steps == Recipe().tokens // 2048
    settings = Recipe().settings(seed=1)
    assert settings.warmup == round(0.05 * settings.steps)
    with pytest.raises(BadInput, match="must be one of small, base, full"):
        preset("huge")
    with pytest.raises(BadInput, match="size must be one of"):
        preset("small", size="2m")
    with pytest.raises(BadInput, match="rows must be 1 or more, got 0"):
        Recipe(rows=0)


def test_the_judge_counts_what_the_hidden_tests_say(executor: Executor) -> None:
    """References are all right; a fixed wrong answer is wrong; half and half is half."""
    from unriddle.prompt.nursery import nursery_prompt

    benchmark = world.load(levels=(1,), n=5, seed=9)
    bodies = {}
    for task in benchmark.tasks:
        prompt = nursery_prompt(task.problem)
        bodies[prompt] = task.reference[len(task.problem.signature.header()) :]
    wrong = "\n    return object\n"
    for answers, value in (([""], 1.0), ([wrong], 0.0), (["", wrong], 0.5)):
        script = {prompt: [answer or body for answer in answers] for prompt, body in bodies.items()}
        lm = ScriptedLM(script, repeat=True)
        judged = judge_model(lm, benchmark, executor=executor, n=2)
        assert judged.metrics["pass@1"]["value"] == pytest.approx(value)
        assert judged.metrics["pass@2"]["value"] == (1.0 if value else 0.0)


def test_problems_are_prompted_as_the_model_was_trained(grown: Grown) -> None:
    from unriddle.prompt.nursery import nursery_prompt, read_program
    from unriddle.train.evaluation import draw_programs

    problem: Problem = next(iter(world.load(levels=(1,), n=1)))
    seen = ScriptedLM(["\n    return 1<|end|>"])
    drawn = draw_programs(seen, [problem], n=1)
    assert seen.prompts == [nursery_prompt(problem)]
    assert drawn[problem.id][0].source == read_program("\n    return 1", problem)


def test_a_picture_without_evaluations_and_a_line_for_terminals(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "m.jsonl").write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n')
    plot(tmp_path / "m.jsonl", tmp_path / "m.png")
    assert (tmp_path / "m.png").stat().st_size > 1000
    assert sparkline([]) == ""
    assert len(sparkline(list(map(float, range(1000))))) <= 40
